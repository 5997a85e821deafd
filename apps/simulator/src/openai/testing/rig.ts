import type { OpenAiSimOptions } from '../options.js';
import { type OpenAiSim, startOpenAiSim } from '../server.js';
import type { SimSession } from '../session.js';
import { PlainClient } from './plain-client.js';

export interface Rig {
  readonly sim: OpenAiSim;
  readonly client: PlainClient;
  readonly session: SimSession;
}

const sims: OpenAiSim[] = [];
const clients: PlainClient[] = [];

/** A simulator that answers with a short tone, all at once, unless told otherwise. */
export async function startSim(options: OpenAiSimOptions = {}): Promise<OpenAiSim> {
  const sim = await startOpenAiSim({
    answer: { hz: 440, ms: 400 },
    speed: Number.POSITIVE_INFINITY,
    ...options,
  });
  sims.push(sim);
  return sim;
}

export async function connected(
  options: OpenAiSimOptions = {},
  update?: Record<string, unknown>,
): Promise<Rig> {
  const sim = await startSim(options);
  const client = await join(sim);
  if (update !== undefined) await client.update(update);
  return { sim, client, session: await sim.session(1) };
}

export async function join(sim: OpenAiSim): Promise<PlainClient> {
  const client = await PlainClient.connect(sim.url);
  clients.push(client);
  return client;
}

/** For `afterEach`: closes everything, and returns whatever was sent that OpenAI's schema does not know. */
export async function closeSims(): Promise<string[]> {
  await Promise.all(sims.splice(0).map((sim) => sim.close()));
  return clients.splice(0).flatMap((client) => client.invalid);
}

/** A piece of a session with voice detection off. */
export const MANUAL = { audio: { input: { turn_detection: null } } };
