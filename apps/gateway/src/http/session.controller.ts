import type { IncomingMessage } from 'node:http';
import {
  Body,
  Controller,
  Delete,
  Get,
  HttpCode,
  HttpException,
  Inject,
  Post,
  Req,
  Res,
  UnauthorizedException,
} from '@nestjs/common';
import { IsString, MaxLength } from 'class-validator';
import { CLOCK, type Clock, GATEWAY_SITE, type GatewaySite, isDirect } from '#libs/contracts';
import { SESSION_COOKIE, TokenDoor } from './operator-door.js';

/** What is asked of Express. */
interface CookieResponse {
  readonly req: IncomingMessage;
  cookie(name: string, value: string, options: object): void;
  clearCookie(name: string, options: object): void;
}

export class LogInDto {
  @IsString()
  @MaxLength(1024)
  token = '';
}

/** Wrong tokens that are answered at once; after that many a minute everybody waits. */
const TRIES_A_MINUTE = 20;

/** Logging in and out of the console. */
@Controller('api/session')
export class SessionController {
  private tries: number[] = [];

  constructor(
    private readonly door: TokenDoor,
    @Inject(GATEWAY_SITE) private readonly site: GatewaySite,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Who I am, or that I have to log in. Says nothing else to strangers. */
  @Get()
  session(@Req() request: IncomingMessage) {
    const decision = this.door.admit(request);
    return decision.ok
      ? { operator: decision.operator, needsToken: this.door.needsToken }
      : { operator: null, needsToken: this.door.needsToken, reason: decision.reason };
  }

  @Post()
  @HttpCode(204)
  logIn(@Body() body: LogInDto, @Res({ passthrough: true }) response: CookieResponse): void {
    this.tries = this.tries.filter((atMs) => this.clock.nowMs() - atMs < 60_000);
    if (this.tries.length >= TRIES_A_MINUTE)
      throw new HttpException('Too many wrong tokens; wait a minute.', 429);
    const session = typeof body?.token === 'string' ? this.door.logIn(body.token) : null;
    if (session === null) {
      this.tries.push(this.clock.nowMs());
      throw new UnauthorizedException('This is not the ADMIN_TOKEN.');
    }
    response.cookie(SESSION_COOKIE, session.cookie, {
      httpOnly: true,
      sameSite: 'strict',
      secure: this.site.publicUrl?.startsWith('https:') === true && !isDirect(response.req, 'this-machine'),
      maxAge: session.maxAgeMs,
      path: '/',
    });
  }

  @Delete()
  @HttpCode(204)
  logOut(@Res({ passthrough: true }) response: CookieResponse): void {
    response.clearCookie(SESSION_COOKIE, { path: '/' });
  }
}
