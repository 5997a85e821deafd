import { validateSync } from 'class-validator';
import { type Class, transferTarget } from '#libs/contracts';
import { collectDigitsTool } from './built-in/collect-digits.js';
import { hangUpTool } from './built-in/hang-up.js';
import { sendDtmfTool } from './built-in/send-dtmf.js';
import { type TransferDestination, transferTool } from './built-in/transfer.js';
import type { GuardedHttp } from './http/guarded-http.js';
import type { McpEndpoint } from './mcp/mcp-endpoint.js';
import type { McpServers } from './mcp/mcp-servers.js';
import { mayBeCalled, mcpTools } from './mcp/mcp-tool.js';
import type { Tool } from './tool.js';
import {
  CollectDigitsDto,
  McpDto,
  TransferDestinationDto,
  TransferDto,
  WebhookDto,
} from './tool-references.dto.js';
import { type WebhookSurroundings, WebhookTool } from './webhook/webhook-tool.js';

/** Who has written a reference. A program is started only for those who have the gateway's files in their hands. */
export type ReferenceOrigin = 'file' | 'api';

/** One entry of an agent's tools. */
export interface ToolSource {
  /** Of the tool, or what stands before the names of a server's tools. */
  readonly name: string;
  /** Of a server: could one of its tools come to be called so? Which ones it has is known only when it is there, and may change. */
  readonly mayTake?: (name: string) => boolean;
  /** As they are at this moment. Begins to connect where that is needed, never waits. */
  tools(): readonly Tool[];
}

export interface ReaderSurroundings extends WebhookSurroundings {
  readonly http: GuardedHttp;
  readonly servers: McpServers;
}

/** Set by us, or by the connection. */
const OWN_HEADERS =
  /^(host|connection|content-length|content-type|content-encoding|transfer-encoding|te|trailer|upgrade|expect|keep-alive|accept|accept-encoding|idempotency-key|mcp-.*|webhook-.*|proxy-.*)$/i;
const HEADER_NAME = /^[a-zA-Z0-9-]{1,100}$/;
const HEADER_VALUE = /^[\x20-\x7e\xa0-\xff]{0,4096}$/;
const DESTINATION_NAME = /^[\p{L}\p{N} _-]{1,60}$/u;

/** Reads references into tools. What is wrong goes to `problems`, each in one sentence that begins with where it stands. */
export class ReferenceReader {
  constructor(
    private readonly around: ReaderSurroundings,
    private readonly problems: string[],
  ) {}

  /** `name`: the key under which the tool stands in the configuration. */
  read(reference: unknown, at: string, origin: ReferenceOrigin, name?: string): ToolSource | null {
    const entries = isObject(reference) ? Object.entries(reference) : [];
    const [kind, section] = entries[0] ?? [];
    if (kind === undefined || entries.length > 1) {
      return this.wrong(
        at,
        'must be a name or one of webhook, mcp, transfer, collect_digits, hang_up, send_dtmf',
      );
    }
    const where = `${at}.${kind}`;
    switch (kind) {
      case 'webhook':
        return this.one(this.webhook(section, where, name));
      case 'mcp':
        return this.mcp(section, where, origin, name);
      case 'transfer':
        return this.one(this.transfer(section, where));
      case 'collect_digits':
        return this.one(this.collectDigits(section, where, name));
      case 'hang_up':
        return this.one(this.nothing(section, where) ? hangUpTool() : null);
      case 'send_dtmf':
        return this.one(this.nothing(section, where) ? sendDtmfTool() : null);
      default:
        return this.wrong(where, 'is no kind of tool');
    }
  }

  private webhook(section: unknown, at: string, name?: string): WebhookTool | null {
    const dto = this.dto(WebhookDto, this.named(section, at, name), at);
    if (dto === null || !this.headersFit(dto.headers, at)) return null;
    try {
      return new WebhookTool({ ...dto, headers: lowerCase(dto.headers) }, this.around);
    } catch (thrown) {
      return this.wrong(at, `cannot be used: ${(thrown as Error).message}`);
    }
  }

  private mcp(section: unknown, at: string, origin: ReferenceOrigin, key?: string): ToolSource | null {
    const dto = this.dto(McpDto, this.named(section, at, key), at);
    if (dto === null || !this.headersFit(dto.headers, at)) return null;
    const endpoint = this.endpointOf(dto, at, origin);
    if (endpoint === null) return null;
    const { servers } = this.around;
    const { name } = dto;
    // Calls come more often than a server's list changes.
    let listed: unknown = null;
    let made: readonly Tool[] = [];
    const tools = () => {
      const server = servers.get(name, endpoint);
      if (listed !== server.tools) made = mcpTools(dto, server);
      listed = server.tools;
      return made;
    };
    return { name: `${name}_*`, tools, mayTake: (taken) => mayBeCalled(dto, taken) };
  }

  private endpointOf(dto: McpDto, at: string, origin: ReferenceOrigin): McpEndpoint | null {
    const { url, command, args, env, headers } = dto;
    if ((url === null) === (command === null)) return this.wrong(at, 'needs either url or command');
    if (command !== null) {
      if (origin === 'file') return { kind: 'stdio', command, args, env };
      return this.wrong(at, 'starts a program; that is for configuration files alone');
    }
    try {
      this.around.http.check(url!);
    } catch (thrown) {
      return this.wrong(`${at}.url`, `cannot be used: ${(thrown as Error).message}`);
    }
    return { kind: 'http', url: url!, headers: lowerCase(headers) };
  }

  private transfer(section: unknown, at: string): Tool | null {
    const dto = this.dto(TransferDto, section, at);
    if (dto === null) return null;
    const destinations = new Map<string, TransferDestination>();
    for (const [name, value] of Object.entries(dto.destinations)) {
      const where = `${at}.destinations.${name}`;
      if (!DESTINATION_NAME.test(name)) return this.wrong(where, 'must be named with letters and digits');
      const whole = typeof value === 'string' ? { to: value } : value;
      const destination = this.dto(TransferDestinationDto, withPlainTarget(whole), where);
      if (destination === null) return null;
      destinations.set(name, destination);
    }
    if (destinations.size === 0 && dto.anyNumber.length === 0) {
      return this.wrong(at, 'needs destinations');
    }
    return transferTool({ destinations, anyNumber: dto.anyNumber });
  }

  private collectDigits(section: unknown, at: string, name?: string): Tool | null {
    const dto = this.dto(CollectDigitsDto, this.named(section ?? {}, at, name), at);
    if (dto === null) return null;
    if (dto.deliverTo === null) return collectDigitsTool({ ...dto, deliverTo: null });
    const parameters = { type: 'object', properties: { digits: { type: 'string' } }, required: ['digits'] };
    const webhook = { name: dto.name, description: '', ...dto.deliverTo, parameters };
    const deliverTo = this.webhook(webhook, `${at}.deliverTo`);
    return deliverTo === null ? null : collectDigitsTool({ ...dto, deliverTo });
  }

  /** What stands in the configuration has its key for a name. */
  private named(section: unknown, at: string, key: string | undefined): unknown {
    if (key === undefined || !isObject(section)) return section;
    if (section.name !== undefined && section.name !== key) {
      this.wrong(`${at}.name`, `must be left out; the name is "${key}"`);
    }
    return { ...section, name: key };
  }

  private nothing(section: unknown, at: string): boolean {
    if (
      section === null ||
      section === undefined ||
      (isObject(section) && Object.keys(section).length === 0)
    ) {
      return true;
    }
    this.wrong(at, 'has no settings');
    return false;
  }

  private one(tool: Tool | null): ToolSource | null {
    return tool === null ? null : { name: tool.definition.name, tools: () => [tool] };
  }

  private headersFit(headers: Readonly<Record<string, unknown>>, at: string): boolean {
    const before = this.problems.length;
    for (const [name, value] of Object.entries(headers)) {
      const where = `${at}.headers.${name}`;
      if (!HEADER_NAME.test(name)) this.wrong(where, 'is no name of a header');
      else if (OWN_HEADERS.test(name)) this.wrong(where, 'is set by Patchbay itself');
      else if (typeof value !== 'string' || !HEADER_VALUE.test(value))
        this.wrong(where, 'must be one line of text');
    }
    return this.problems.length === before;
  }

  private dto<T extends object>(type: Class<T>, section: unknown, at: string): T | null {
    if (!isObject(section)) return this.wrong(at, 'must be a list of "key: value" lines');
    const given = Object.entries(section).filter(([, value]) => value !== undefined);
    const foreign = given.find(([key]) => key in Object.prototype);
    if (foreign !== undefined) return this.wrong(`${at}.${foreign[0]}`, 'is not a setting');
    const dto = Object.assign(new type(), Object.fromEntries(given)) as T;
    const errors = validateSync(dto, {
      whitelist: true,
      forbidNonWhitelisted: true,
      forbidUnknownValues: true,
    });
    for (const { property, constraints = {} } of errors) {
      const reasons = Object.entries(constraints).map(([rule, words]) =>
        rule === 'whitelistValidation' ? 'is not a setting' : words.replace(`${property} `, ''),
      );
      this.wrong(`${at}.${property}`, [...new Set(reasons)].join(', '));
    }
    return errors.length === 0 ? dto : null;
  }

  private wrong(at: string, what: string): null {
    this.problems.push(`${at} ${what}${what.endsWith('.') ? '' : '.'}`);
    return null;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function lowerCase(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

/** What is no target stays as it is written, for the message that says so. */
function withPlainTarget(destination: unknown): unknown {
  if (!isObject(destination) || typeof destination.to !== 'string') return destination;
  return { ...destination, to: transferTarget(destination.to) ?? destination.to };
}
