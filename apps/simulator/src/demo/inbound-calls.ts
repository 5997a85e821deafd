import { relative } from 'node:path';
import { placeAudioCodesCall } from '../audiocodes/audiocodes-call.js';
import type { CallScript } from '../call/caller.js';
import { placeCrowd } from '../call/crowd.js';
import type { PlacedCall } from '../call/placed-call.js';
import { recordingOf } from '../call/recording.js';
import { describeCalls } from '../call/report-table.js';
import { type ShippedSpeech, shippedSpeech } from '../call/speech.js';
import { placeTwilioCall } from '../twilio/twilio-call.js';
import { compare } from './both-sides.js';
import { say, sayLines } from './print.js';
import { AUDIOCODES_TOKEN, PUBLIC_URL, type Stage } from './stage.js';

const INTERRUPT_AFTER_MS = 1500;
const APART_MS = 1000;

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

/** Two callers at the same time, one on each platform. Resolves to whether both calls were good. */
export async function inboundCalls({ gateway, openai, account, folder }: Stage): Promise<boolean> {
  const places = [
    {
      name: 'twilio',
      bandRate: 8000,
      place: () =>
        placeTwilioCall({
          ...account,
          webhookUrl: `${gateway.origin}/twilio/voice`,
          publicUrl: PUBLIC_URL,
          script: conversation,
        }),
    },
    {
      name: 'audiocodes',
      bandRate: 16000,
      place: () =>
        placeAudioCodesCall({
          url: `${gateway.origin}/audiocodes`,
          token: AUDIOCODES_TOKEN,
          script: conversation,
        }),
    },
  ];
  const placed: PlacedCall[] = [];
  const reports = await placeCrowd({ calls: places.length, rampMs: APART_MS }, (index) => {
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
    const file = await call.writeRecording(folder, name);
    const session = await openai.session(index + 1);
    const { lines, good } = compare(
      report,
      recordingOf(call.line.record),
      session,
      SAID.map(shippedSpeech),
      bandRate,
    );
    sayLines(lines);
    say(`  what the caller said (left) and heard (right): ${relative('.', file)}\n`);
    allGood &&= good;
  }
  return allGood;
}
