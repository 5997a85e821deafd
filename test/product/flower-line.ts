import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Webhook } from 'standardwebhooks';
import {
  type AnswerScript,
  type CalleeScript,
  type OpenAiSim,
  SHIPPED_WORDS,
  startOpenAiSim,
  startTwilioApi,
  type TwilioApi,
} from '#apps/simulator';
import { type Answer, HttpRig } from '../../libs/tools/test/http-rig.js';
import { type Booted, boot } from '../integration/boot.js';
import { ACCOUNT, accountSettings, PUBLIC_URL } from '../integration/twilio-account.js';
import { ApiClient } from './api-client.js';

const ADMIN = 'an-administrator-of-thirty-two-letters';
export const TOOL_SECRET = `whsec_${Buffer.alloc(24, 7).toString('base64')}`;
/** What is said while the tool takes its time. */
export const BRIDGE = 'One moment, I am looking it up.';
/** Longer than a busy machine stands still, which is a hole in the caller's sound and not the end of what is said. */
const TURN_PAUSE_MS = 1500;
export const SHOP = '+442079460099';

export interface FlowerLineOptions {
  /** What the model does. */
  readonly answer: AnswerScript;
  /** What the tool's server answers. */
  readonly tool: Answer;
  /** Who is at a number. */
  readonly callees?: Readonly<Record<string, CalleeScript>>;
  /** More lines of the tool. */
  readonly toolSettings?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** A shop's whole line: the gateway, a simulated Twilio account, a simulated AI, the shop's own server, and who is told. */
export class FlowerLine {
  /** Of whom events are told to: what was told, in the order in which it came. */
  readonly told: { type: string; callId: string | null; atMs: number; data: Record<string, unknown> }[] = [];
  /** Webhooks whose signature was wrong. */
  readonly unsigned: string[] = [];

  private constructor(
    readonly booted: Booted,
    readonly api: ApiClient,
    readonly twilio: TwilioApi,
    readonly ai: OpenAiSim,
    readonly tools: HttpRig,
    private readonly listener: HttpRig,
  ) {}

  static async open(options: FlowerLineOptions): Promise<FlowerLine> {
    const { answer, tool, callees = {}, toolSettings = '', env = {} } = options;
    const dialling = { gatewayOrigin: '', publicUrl: PUBLIC_URL, callee: (to: string) => callees[to] ?? {} };
    const twilio = await startTwilioApi({ ...ACCOUNT, dialling });
    const ai = await startOpenAiSim({
      apiKey: 'sim-key',
      answer,
      speed: Number.POSITIVE_INFINITY,
      // A machine that stands still for a while tears holes into the caller's sound, and it would not be recognised any more.
      transcribe: () => wordsOf(twilio.dialled.at(-1)?.line.record.lastSaying()?.name),
    });
    const tools = await HttpRig.start(tool);
    let secret = '';
    const listener = await HttpRig.start(({ body, headers }, response) => {
      try {
        new Webhook(secret).verify(body, headers as Record<string, string>);
        line.told.push(JSON.parse(body));
      } catch {
        line.unsigned.push(body);
      }
      response.end();
    });
    const agents = mkdtempSync(join(tmpdir(), 'patchbay-agents-'));
    writeFileSync(join(agents, 'flowers.yaml'), agentText(tools.url('/order-status'), toolSettings));
    const booted = await boot({
      ADMIN_TOKEN: ADMIN,
      ...accountSettings(twilio),
      TWILIO_FROM_NUMBER: '+15550100002',
      AI_BACKEND: 'openai-realtime',
      OPENAI_API_KEY: 'sim-key',
      OPENAI_REALTIME_URL: ai.url,
      OPENAI_AUDIO_FORMAT: 'pcmu',
      OUTGOING_ALLOWED_HOSTS: '127.0.0.1',
      OUTBOUND_PREFIXES: '+4420',
      OUTBOUND_CALLS_PER_SECOND: '100',
      AGENTS_DIR: agents,
      ...env,
    });
    dialling.gatewayOrigin = booted.origin;
    const api = new ApiClient(booted.origin, ADMIN);
    const line = new FlowerLine(booted, api, twilio, ai, tools, listener);
    ({ secret } = await api.post<{ secret: string }>('/webhooks', { url: listener.url('/events') }));
    lines.push(line);
    return line;
  }

  /** Requests to Twilio that ask for a call to be placed. */
  get creates(): number {
    return this.twilio.requests.filter(
      ({ method, path }) => method === 'POST' && path.endsWith('/Calls.json'),
    ).length;
  }

  async close(): Promise<void> {
    for (const call of this.twilio.dialled) call.hangUp();
    await this.booted.gateway.close();
    await Promise.all([this.twilio, this.ai, this.tools, this.listener].map((one) => one.close()));
  }
}

const lines: FlowerLine[] = [];

export async function closeLines(): Promise<void> {
  for (const line of lines.splice(0)) await line.close();
}

function wordsOf(speech: string | undefined): string | null {
  return new Map(Object.entries(SHIPPED_WORDS)).get(speech ?? '') ?? null;
}

function agentText(toolUrl: string, toolSettings: string): string {
  return `
instructions: You call {{customer}} about an order.
settings: { silenceDurationMs: ${TURN_PAUSE_MS} }
greeting: Hello {{customer}}, this is the flower shop.
recording: { announcement: null, fromAnswer: false, keepForMs: null }
tools:
  - hang_up
  - webhook:
      name: order_status
      description: Says how far an order is.
      parameters:
        type: object
        properties: { order: { type: string, pattern: "^[0-9]{3}$" } }
        required: [order]
        additionalProperties: false
      url: ${toolUrl}
      secret: ${TOOL_SECRET}
      bridge: ${BRIDGE}
      ${toolSettings}
  - transfer:
      destinations:
        shop: { to: "${SHOP}", description: A person in the shop }
`;
}
