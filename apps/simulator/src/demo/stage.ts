import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { speechAnswers } from '../openai/answers.js';
import { type OpenAiSim, startOpenAiSim } from '../openai/index.js';
import { startTwilioApi, type TwilioApi } from '../twilio/twilio-api.js';
import type { TwilioCall } from '../twilio/twilio-call.js';
import { type CalleeScript, newSid } from '../twilio/twilio-options.js';
import { AGENT_NAME, CUSTOMER, flowerShopAgent, flowerShopAnswers, SHOP_CALLS_FROM } from './flower-shop.js';
import { type GatewayChild, startGateway } from './gateway-child.js';
import { startToolServer, type ToolServer } from './tool-server.js';

/** What the gateway is called on the outside; signatures are made with it, and nobody connects to it. */
export const PUBLIC_URL = 'https://voice.example.com';
export const ADMIN_TOKEN = 'a-token-of-the-demo-and-of-nothing-else';
export const AUDIOCODES_TOKEN = 'another-token-of-the-demo';
const TWILIO_TOKEN = '0123456789abcdef0123456789abcdef';
const THINK_MS = 200;

/** Everything around the calls: the gateway in a process of its own, and the far sides. */
export interface Stage {
  readonly openai: OpenAiSim;
  readonly twilio: TwilioApi;
  readonly tools: ToolServer;
  readonly gateway: GatewayChild;
  readonly account: { readonly accountSid: string; readonly authToken: string };
  /** Absolute. */
  readonly folder: string;
  /** The next call that the gateway has Twilio place. */
  readonly placed: Promise<TwilioCall>;
  close(): Promise<void>;
}

/** `folder` is emptied first. `callee`: who is called by the gateway. */
export async function setStage(folderName: string, callee: CalleeScript): Promise<Stage> {
  const folder = resolve(folderName);
  await rm(folder, { recursive: true, force: true });
  await mkdir(join(folder, 'agents'), { recursive: true });
  const frontDesk = speechAnswers();
  const flowerShop = flowerShopAnswers();
  const openai = await startOpenAiSim({
    thinkMs: THINK_MS,
    // Each agent has a model of its own; they are told apart by what they are told to be.
    answer: (prompt) => (prompt.instructions.includes('flower shop') ? flowerShop : frontDesk)(prompt),
  });
  const tools = await startToolServer({ order: 'on its way', since: 'this morning', arrives: 'before noon' });
  await writeFile(join(folder, 'agents', `${AGENT_NAME}.yaml`), flowerShopAgent(tools.url, tools.secret));
  const account = { accountSid: newSid('AC'), authToken: TWILIO_TOKEN };
  let tellPlaced!: (call: TwilioCall) => void;
  const placed = new Promise<TwilioCall>((tell) => {
    tellPlaced = tell;
  });
  const dialling = { gatewayOrigin: '', publicUrl: PUBLIC_URL, callee: () => callee, onCall: tellPlaced };
  const twilio = await startTwilioApi({ ...account, dialling });
  const gateway = await startGateway(
    {
      PUBLIC_URL,
      ADMIN_TOKEN,
      AUDIOCODES_TOKEN,
      OPENAI_REALTIME_URL: openai.url,
      OPENAI_API_KEY: 'sim',
      TWILIO_ACCOUNT_SID: account.accountSid,
      TWILIO_AUTH_TOKEN: account.authToken,
      TWILIO_API_URL: twilio.url,
      TWILIO_FROM_NUMBER: SHOP_CALLS_FROM,
      // Nobody may be called but the one who will be, and tools may be on this machine.
      OUTBOUND_PREFIXES: CUSTOMER,
      OUTGOING_ALLOWED_HOSTS: '127.0.0.1',
      AGENTS_DIR: join(folder, 'agents'),
      DATA_DIR: join(folder, 'data'),
    },
    join(folder, 'gateway.log'),
  );
  dialling.gatewayOrigin = gateway.origin;
  return {
    openai,
    twilio,
    tools,
    gateway,
    account,
    folder,
    placed,
    close: async () => {
      await gateway.stop();
      await Promise.all([openai.close(), twilio.close(), tools.close()]);
    },
  };
}
