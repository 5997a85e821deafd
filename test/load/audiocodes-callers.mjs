// AudioCodes VoiceAI Connect, many times over: Bot API calls with raw 24 kHz sound both ways, 20 ms a chunk.
import { WebSocket } from 'ws';
import { answer } from './answer.mjs';
import { Crowd } from './crowd.mjs';
import { Pace } from './pace.mjs';
import { noise } from './sound.mjs';

const MEDIA_FORMAT = 'raw/lpcm16_24';
const NOISE = noise('audio/pcm');
const frames = new Pace();

class AudioCodesCall {
  heard = 0;
  sent = 0;
  #socket;
  #conversationId;
  #leave = () => undefined;

  constructor(origin, number) {
    this.#conversationId = `bench-${number}`;
    this.#socket = new WebSocket(`${origin.replace('http', 'ws')}/audiocodes`, { perMessageDeflate: false });
    this.#socket.on('open', () =>
      this.#send({
        type: 'session.initiate',
        botName: 'bench',
        caller: '+15550100',
        expectAudioMessages: true,
        supportedMediaFormats: [MEDIA_FORMAT],
      }),
    );
    this.#socket.on('message', (data) => this.#onMessage(JSON.parse(data.toString())));
    this.closed = new Promise((resolve, reject) => {
      this.#socket.on('error', reject);
      this.#socket.on('close', resolve);
    });
  }

  /** The bot closes the socket. */
  hangUp() {
    this.#leave();
    this.#send({ type: 'session.end', reasonCode: 'client-disconnected', reason: 'Client disconnected' });
  }

  #onMessage(message) {
    if (message.type === 'playStream.chunk') this.heard++;
    else if (message.type === 'session.accepted') this.#begin(message.mediaFormat);
    else if (message.type === 'userStream.started') this.#leave = frames.join(() => this.#frame());
  }

  #begin(mediaFormat) {
    if (mediaFormat !== MEDIA_FORMAT) throw new Error(`The call was accepted with ${mediaFormat}.`);
    const start = { type: 'event', name: 'start', parameters: { caller: '+15550100', callee: '+15550199' } };
    this.#send({
      type: 'activities',
      activities: [{ id: '1', timestamp: new Date().toISOString(), ...start }],
    });
    this.#send({ type: 'userStream.start' });
  }

  #frame() {
    const chunk = NOISE[this.sent++ % NOISE.length];
    this.#socket.send(
      `{"conversationId":"${this.#conversationId}","type":"userStream.chunk","audioChunk":"${chunk}"}`,
    );
  }

  #send(message) {
    this.#socket.send(JSON.stringify({ conversationId: this.#conversationId, ...message }));
  }
}

const crowd = new Crowd(({ origin }, number) => new AudioCodesCall(origin, number));
answer(crowd.answers);
