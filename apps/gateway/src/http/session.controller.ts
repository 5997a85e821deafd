import type { IncomingMessage } from 'node:http';
import { TLSSocket } from 'node:tls';
import {
  Body,
  Controller,
  Delete,
  ForbiddenException,
  Get,
  HttpCode,
  HttpException,
  Inject,
  Post,
  Req,
  Res,
  UnauthorizedException,
  UnsupportedMediaTypeException,
} from '@nestjs/common';
import { ApiBody, ApiOperation, ApiTags } from '@nestjs/swagger';
import { GATEWAY_SITE, type GatewaySite } from '#libs/contracts';
import { SESSION_COOKIE, TokenDoor } from './operator-door.js';
import { SESSION_MS } from './sessions.js';

/** What is asked of Express. */
interface CookieResponse {
  cookie(name: string, value: string, options: object): void;
  clearCookie(name: string, options: object): void;
}

const JSON_TYPE = /^application\/json *(?:;|$)/i;

/** Logging in and out of the console. Open to all: nobody has a token yet who logs in. */
@Controller('api/session')
@ApiTags('Log-in')
export class SessionController {
  constructor(
    private readonly door: TokenDoor,
    @Inject(GATEWAY_SITE) private readonly site: GatewaySite,
  ) {}

  /** Who I am, or that I have to log in. Says nothing else to strangers. */
  @Get()
  @ApiOperation({ summary: 'Who I am, or that I have to log in' })
  session(@Req() request: IncomingMessage) {
    const decision = this.door.admit(request);
    const { needsToken } = this.door;
    if (!decision.ok) return { operator: null, needsToken, reason: decision.reason };
    const { name, role } = decision.operator;
    return { operator: { name, role }, needsToken };
  }

  /** A page of another site may send a form without asking; JSON it may not. */
  @Post()
  @ApiOperation({ summary: 'Logs a browser in: answers a token with a cookie' })
  @ApiBody({ schema: { type: 'object', required: ['token'], properties: { token: { type: 'string' } } } })
  @HttpCode(204)
  logIn(
    @Req() request: IncomingMessage,
    @Body() body: unknown,
    @Res({ passthrough: true }) response: CookieResponse,
  ): void {
    this.refuseForeign(request);
    if (!JSON_TYPE.test(request.headers['content-type'] ?? ''))
      throw new UnsupportedMediaTypeException('Send the token as JSON: {"token": "…"}.');
    const { token } = (body ?? {}) as { token?: unknown };
    const decision = this.door.logIn(typeof token === 'string' ? token : '', request);
    if (!decision.ok) {
      throw decision.status === 429
        ? new HttpException('Too many wrong tokens; wait a minute.', 429)
        : new UnauthorizedException('This is neither the ADMIN_TOKEN nor an API key.');
    }
    response.cookie(SESSION_COOKIE, decision.cookie, {
      httpOnly: true,
      sameSite: 'strict',
      secure: this.isOverTls(request),
      maxAge: SESSION_MS,
      path: '/',
    });
  }

  @Delete()
  @ApiOperation({ summary: 'Logs it out, and ends what was opened with its cookie' })
  @HttpCode(204)
  logOut(@Req() request: IncomingMessage, @Res({ passthrough: true }) response: CookieResponse): void {
    this.refuseForeign(request);
    this.door.logOut(request);
    response.clearCookie(SESSION_COOKIE, { path: '/' });
  }

  /**
   * Whether the cookie may be kept to https. Only what is certain counts: this very connection is TLS, or PUBLIC_URL says that
   * the operators' pages are; never a forwarding header, nor where the request seems to come from. With an https PUBLIC_URL a
   * log-in over plain http therefore lasts only where the browser trusts the address, as most trust localhost.
   */
  private isOverTls(request: IncomingMessage): boolean {
    return request.socket instanceof TLSSocket || /^https:/i.test(this.site.publicUrl ?? '');
  }

  private refuseForeign(request: IncomingMessage): void {
    if (this.door.isForeign(request))
      throw new ForbiddenException('The request comes from a page of another site.');
  }
}
