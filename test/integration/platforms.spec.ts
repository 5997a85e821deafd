import { WebSocket } from 'ws';
import { CallOver, placeAudioCodesCall, placeTwilioCall } from '#apps/simulator';
import { bytesFromSamples, decodeMulaw, samplesFromBytes } from '#libs/audio';
import type { AudioFrame } from '#libs/contracts';
import { describePlatformContract, type PlatformContract, type PlatformPeer, until } from '#libs/testing';
import { type Booted, boot } from './boot.js';

type Placed = ReturnType<typeof placeTwilioCall> | ReturnType<typeof placeAudioCodesCall>;

interface Hooks {
  readonly onAgentSound: (bytes: Uint8Array) => void;
  readonly onCallerSound: (frame: AudioFrame | null) => void;
}

/** A simulated caller of the strict simulators as a peer of the contract. */
async function simulated(
  place: (hooks: Hooks) => Placed,
  decode: (bytes: Uint8Array) => Int16Array,
): Promise<PlatformPeer> {
  const heard: Uint8Array[] = [];
  const spoken: Int16Array[] = [];
  const call = place({
    onAgentSound: (bytes) => heard.push(Uint8Array.from(bytes)),
    onCallerSound: (frame) => {
      if (frame !== null) spoken.push(frame.samples);
    },
  });
  await call.connected;
  return {
    speak: (samples, sampleRate) => call.say({ name: 'sweep', samples, sampleRate }),
    spoken: () => samplesFromBytes(Buffer.concat(spoken.map(bytesFromSamples))),
    heard: () => decode(Buffer.concat(heard)),
    silenced: () => call.line.record.bargeInCount,
    press: (key) => {
      call.press(key).catch((reason: unknown) => {
        // A call may end while a key is still held down.
        if (!(reason instanceof CallOver)) throw reason;
      });
    },
    rubbish: () => call.sendRaw('{"rubbish'),
    send: (message) => call.sendRaw(message),
    hangUp: () => call.hangUp(),
    cut: () => call.cut(),
    ended: call.ended,
  };
}

function contract(
  name: string,
  resumes: boolean,
  place: (booted: Booted) => Promise<PlatformPeer>,
): PlatformContract {
  return {
    name,
    resumes,
    open: async (backend) => {
      const booted = await boot({}, { backend, yaml: `platforms:\n  ${name}: {}\nbackends:\n  echo: {}\n` });
      return {
        events: booted.gateway.events,
        get callCount() {
          return booted.gateway.switchboard.callCount;
        },
        place: () => place(booted),
        close: () => booted.gateway.close(),
      };
    },
  };
}

describePlatformContract(
  contract('twilio', false, ({ origin }) =>
    simulated((hooks) => placeTwilioCall({ webhookUrl: `${origin}/twilio/voice`, ...hooks }), decodeMulaw),
  ),
);

describePlatformContract(
  contract('audiocodes', true, ({ wsOrigin }) =>
    simulated(
      (hooks) => placeAudioCodesCall({ url: `${wsOrigin}/audiocodes`, resume: null, ...hooks }),
      (bytes) => samplesFromBytes(bytes),
    ),
  ),
);

describePlatformContract(contract('loopback', false, ({ wsOrigin }) => loopbackPeer(wsOrigin)));

async function loopbackPeer(wsOrigin: string): Promise<PlatformPeer> {
  const socket = new WebSocket(`${wsOrigin}/loopback`);
  const heard: Buffer[] = [];
  const spoken: Buffer[] = [];
  let silenced = 0;
  let answered = false;
  socket.on('message', (data: Buffer, isBinary: boolean) => {
    if (isBinary) heard.push(data);
    else if (data.toString().includes('"answered"')) answered = true;
    else if (data.toString().includes('"clear"')) silenced++;
  });
  const ended = new Promise((resolve) => socket.once('close', resolve));
  await new Promise((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', reject);
  });
  socket.send('{"type":"start"}');
  await until(() => answered, 'the call to be answered');
  return {
    speak: async (samples) => {
      for (let at = 0; at < samples.length; at += 320) {
        const frame = Buffer.from(bytesFromSamples(samples.slice(at, at + 320)));
        spoken.push(frame);
        socket.send(frame);
      }
    },
    spoken: () => samplesFromBytes(Buffer.concat(spoken)),
    heard: () => samplesFromBytes(Buffer.concat(heard)),
    silenced: () => silenced,
    press: (digit) => socket.send(JSON.stringify({ type: 'dtmf', digit })),
    rubbish: () => socket.send('{"rubbish'),
    send: (message) => socket.send(message),
    hangUp: () => socket.send('{"type":"stop"}'),
    cut: () => socket.terminate(),
    ended,
  };
}
