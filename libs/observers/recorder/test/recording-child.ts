// Records one call in real time into the folder that is named, until it is killed. Says `begun` after three seconds, when two of them
// are on disk or nothing more can be written.
import 'reflect-metadata';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { frameFromSamples } from '#libs/audio';
import { type ManualClock, systemClock } from '#libs/testing';
import { MULAW, Rig } from './rig.js';

/** Of 24 kHz, in two channels. */
const TWO_SECONDS_BYTES = 2 * 24_000 * 4;

const folder = process.argv[2]!;
const rig = new Rig(folder, {}, Date.now(), systemClock as unknown as ManualClock);
const call = rig.call('killed-call');
let hasFailed = false;
call.router.on('recording.failed', ({ code }) => {
  hasFailed = true;
  process.stdout.write(`failed ${code}\n`);
});
call.connect();
const beganMs = systemClock.nowMs();
let sentMs = 0;
let told = false;
setInterval(() => {
  for (; sentMs + 20 <= systemClock.nowMs() - beganMs; sentMs += 20) {
    const samples = new Int16Array(160).fill(1000);
    call.paths.caller.push(frameFromSamples('caller', MULAW, beganMs + sentMs + 20, samples));
  }
  if (told || sentMs < 3000 || !(hasFailed || bytesOnDisk() > TWO_SECONDS_BYTES)) return;
  told = true;
  process.stdout.write('begun\n');
}, 20);

function bytesOnDisk(): number {
  const recordings = join(folder, 'recordings');
  const [day] = readdirSync(recordings);
  return statSync(join(recordings, day!, 'killed-call.wav.part')).size;
}
