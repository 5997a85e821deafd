import { rm } from 'node:fs/promises';
import { placeAudioCodesCall } from '../audiocodes/audiocodes-call.js';
import type { CallScript } from '../call/caller.js';
import { placeCrowd } from '../call/crowd.js';
import type { PlacedCall } from '../call/placed-call.js';
import { recordingOf } from '../call/recording.js';
import { describeCalls } from '../call/report-table.js';
import { type ShippedSpeech, shippedSpeech } from '../call/speech.js';
import { startOpenAiSim } from '../openai/index.js';
import { placeTwilioCall } from '../twilio/twilio-call.js';
import { compare } from './both-sides.js';
import { startGateway } from './gateway-child.js';

const OUT = 'demo-output';
const INTERRUPT_AFTER_MS = 1500;

const SAID: readonly ShippedSpeech[] = ['caller-hours', 'caller-stop', 'caller-bye'];

/** Hears the greeting, asks, talks over the answer, hears the next one out and says goodbye. */
const conversation: CallScript = async (caller) => {
  const [question, interruption, goodbye] = SAID.map(shippedSpeech);
  await caller.listen();
  await caller.say(question!);
  await caller.interrupt(INTERRUPT_AFTER_MS, interruption!);
  await caller.listen();
  await caller.say(goodbye!);
  await caller.listen();
};

async function demo(): Promise<boolean> {
  say('Starting a simulated OpenAI and the gateway.');
  const openai = await startOpenAiSim({ answer: 'speech', thinkMs: 200 });
  const gateway = await startGateway({ OPENAI_REALTIME_URL: openai.url, OPENAI_API_KEY: 'sim' });
  try {
    say(`Two callers ring up, one through Twilio and one through AudioCodes. This takes half a minute.\n`);
    await rm(OUT, { recursive: true, force: true });
    const places = [
      {
        name: 'twilio',
        bandRate: 8000,
        place: () => placeTwilioCall({ webhookUrl: `${gateway.origin}/twilio/voice`, script: conversation }),
      },
      {
        name: 'audiocodes',
        bandRate: 16000,
        place: () => placeAudioCodesCall({ url: `${gateway.origin}/audiocodes`, script: conversation }),
      },
    ];
    const placed: PlacedCall[] = [];
    const reports = await placeCrowd({ calls: places.length, rampMs: 1000 }, (index) => {
      const call = places[index]!.place();
      placed.push(call);
      return call;
    });
    let allGood = true;
    for (const [index, report] of reports.entries()) {
      const { name, bandRate } = places[index]!;
      const call = placed[index]!;
      say(describeCalls([report]));
      if (report.lineUpAt === null) return false;
      const file = await call.writeRecording(OUT, name);
      const session = await openai.session(index + 1);
      const { lines, good } = compare(
        report,
        recordingOf(call.line.record),
        session,
        SAID.map(shippedSpeech),
        bandRate,
      );
      for (const line of lines) {
        say(
          `  ${(line.atMs / 1000).toFixed(1).padStart(5)} s  ${line.speaker.padEnd(6)}  "${line.words}"${line.good ? '' : '  <-- BAD'}`,
        );
        say(`${' '.repeat(19)}${line.details.join('; ')}`);
      }
      say(`  recording (caller left, agent right): ${file}\n`);
      allGood &&= good;
    }
    for (const breach of openai.breaches) say(`the simulated OpenAI complains: ${breach.message}`);
    allGood &&= openai.breaches.every((breach) => breach.kind !== 'refused');
    say(allGood ? 'Two good calls.' : 'Not every call was good.');
    return allGood;
  } finally {
    await gateway.stop();
    await openai.close();
  }
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

process.exitCode = (await demo()) ? 0 : 1;
