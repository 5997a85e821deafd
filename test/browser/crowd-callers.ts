// Many callers in a process of their own: crowd-callers.ts WEBHOOK_URL CALLS. They call one after the other and speak, with pauses,
// until the process is asked to end; then they hang up, and it prints their reports.
import { placeTwilioCall, shippedSpeech, type TwilioCall } from '#apps/simulator';

const PAUSE_MS = 500;

const [webhookUrl, count] = process.argv.slice(2);
let isOver = false;
process.once('SIGTERM', () => {
  isOver = true;
});

function call(number: number): TwilioCall {
  return placeTwilioCall({
    webhookUrl: webhookUrl!,
    from: `+1555010${String(number).padStart(4, '0')}`,
    record: false,
    script: async (caller) => {
      while (!isOver) {
        await caller.say(shippedSpeech('caller-hours'));
        await caller.pause(PAUSE_MS);
      }
    },
  });
}

const calls: TwilioCall[] = [];
// However busy the machine is, no call has to wait for the beginning of the others.
while (calls.length < Number(count) && !isOver) {
  calls.push(call(calls.length));
  await calls.at(-1)!.connected;
}
const reports = await Promise.all(calls.map(({ ended }) => ended));
process.stdout.write(JSON.stringify(reports));
