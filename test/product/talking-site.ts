import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CallScript, type OpenAiSim, placeTwilioCall, startOpenAiSim } from '#apps/simulator';
import { type Booted, boot } from '../integration/boot.js';

/** Nothing that looks at the sound: these tests are about what is kept. Nothing of the journal is folded. */
const LIGHT = `
platforms: { twilio: {} }
backends: { openai-realtime: {} }
observers: { records: { eventsPerSecond: 1000 }, conversation: {} }
`;

const SENTENCE_MS = 600;

/**
 * An AI that says a sentence of its own each time, and writes down one of its own for each turn of a caller. A sentence comes in one
 * piece: where there is a hole in it, the gateway tore it, and not a machine that stood still between two pieces.
 */
export async function talkativeAi(): Promise<OpenAiSim> {
  let sentences = 0;
  return startOpenAiSim({
    apiKey: 'sim-key',
    answer: () => ({ say: `This is sentence number ${++sentences}.`, sound: { hz: 440, ms: SENTENCE_MS } }),
    deltaMs: SENTENCE_MS,
    transcribe: () => `This is question number ${++sentences}.`,
    speed: Number.POSITIVE_INFINITY,
    keepSound: false,
  });
}

export function lightGateway(ai: OpenAiSim, place: { dataDir: string; databaseUrl: string | null }) {
  const { dataDir, databaseUrl } = place;
  return boot(
    {
      AI_BACKEND: 'openai-realtime',
      OPENAI_API_KEY: 'sim-key',
      OPENAI_REALTIME_URL: ai.url,
      OPENAI_AUDIO_FORMAT: 'pcmu',
      DATA_DIR: dataDir,
      AGENTS_DIR: mkdtempSync(join(tmpdir(), 'patchbay-agents-')),
      MAX_CALLS: '100',
      ...(databaseUrl !== null && { DATABASE_URL: databaseUrl }),
    },
    { yaml: LIGHT },
  );
}

export function ring({ origin }: Booted, script: CallScript) {
  return placeTwilioCall({ webhookUrl: `${origin}/twilio/voice`, script });
}
