// Records one call in real time into the folder that is named, until it is killed. Says `begun` when sound is on disk.
import 'reflect-metadata';
import { frameFromSamples } from '#libs/audio';
import { type ManualClock, systemClock } from '#libs/testing';
import { MULAW, Rig } from './rig.js';

const rig = new Rig(process.argv[2], {}, Date.now(), systemClock as unknown as ManualClock);
const call = rig.call('killed-call');
call.router.on('recording.failed', ({ code }) => process.stdout.write(`failed ${code}\n`));
call.connect();
const beganMs = systemClock.nowMs();
let sentMs = 0;
let told = false;
setInterval(() => {
  for (; sentMs + 20 <= systemClock.nowMs() - beganMs; sentMs += 20) {
    const samples = new Int16Array(160).fill(1000);
    call.paths.caller.push(frameFromSamples('caller', MULAW, beganMs + sentMs + 20, samples));
  }
  if (told || sentMs < 3000) return;
  told = true;
  process.stdout.write('begun\n');
}, 20);
