import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type OpenAiSim, type OpenAiSimOptions, startOpenAiSim } from '#apps/simulator';
import { type Booted, boot, closeAll } from '../integration/boot.js';
import { closeBrowsers } from './console-page.js';

const KEY = 'sim-key';

export interface Site extends Booted {
  readonly sim: OpenAiSim;
}

const sims: OpenAiSim[] = [];

/** A gateway before an AI of the simulator. */
export async function site(
  sim: OpenAiSimOptions = {},
  env: Readonly<Record<string, string>> = {},
): Promise<Site> {
  const ai = await startOpenAiSim({ apiKey: KEY, ...sim });
  sims.push(ai);
  const booted = await boot({
    AI_BACKEND: 'openai-realtime',
    OPENAI_API_KEY: KEY,
    OPENAI_REALTIME_URL: ai.url,
    ...env,
  });
  return { ...booted, sim: ai };
}

const RECORDED_AGENT = `
instructions: Be brief.
greeting: Hello.
recording: { announcement: null }
`;

/** For AGENTS_DIR: the agent that answers has its calls recorded. */
export function recordedAgents(): string {
  return folderOf({ default: RECORDED_AGENT });
}

/** For AGENTS_DIR: beside the agent that answers there is another, `support`. */
export function twoAgents(): string {
  return folderOf({ default: 'instructions: Be brief.', support: 'instructions: Help with orders.' });
}

function folderOf(agents: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'patchbay-agents-'));
  for (const [name, text] of Object.entries(agents)) writeFileSync(join(folder, `${name}.yaml`), text);
  return folder;
}

/** For `afterEach`: people leave first, then the gateway, then the AI. */
export async function closeSite(): Promise<void> {
  await closeBrowsers();
  await closeAll();
  await Promise.all(sims.splice(0).map((sim) => sim.close()));
}
