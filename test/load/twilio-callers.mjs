// Twilio, many times over: Media Streams that send sound every 20 ms and play what they are sent.
import { WebSocket } from 'ws';
import { answer, nowMs } from './answer.mjs';
import { Crowd } from './crowd.mjs';
import { FRAME_MS, Pace } from './pace.mjs';
import { findPulse, MOST_NUMBERS, noise, pulse, silence } from './sound.mjs';
import { TwilioPlayer } from './twilio-player.mjs';

const FORMAT = 'audio/pcmu';
const NOISE = noise(FORMAT);
const SILENCE = silence(FORMAT);
const FRAMES_PER_PULSE = 50;
/** Marks are echoed to the millisecond, much finer than the sound is sent. */
const frames = new Pace();
const playback = new Pace(1);

class TwilioCall {
  heard = 0;
  sent = 0;
  #socket;
  #leave = [];
  #sid;
  #streamSid;
  #number;
  #watch;
  #journal;
  #player = new TwilioPlayer((name) => this.#send('mark', `"mark":{"name":${JSON.stringify(name)}}`));
  /** The AI's number, as its pulses tell it. */
  #ai = null;
  #lastMediaMs = 0;

  /** `watch`: what is looked for in the sound, "nothing", "pulses" or "clears". */
  constructor(origin, number, watch, journal) {
    this.#number = number % MOST_NUMBERS;
    this.#watch = watch;
    this.#journal = journal;
    this.#sid = String(number).padStart(32, '0');
    this.#streamSid = `MZ${this.#sid}`;
    this.#socket = new WebSocket(`${origin.replace('http', 'ws')}/twilio/stream`, {
      perMessageDeflate: false,
    });
    this.#socket.on('open', () => this.#begin());
    this.#socket.on('message', (data) => this.#onMessage(data));
    this.closed = new Promise((resolve, reject) => {
      this.#socket.on('error', reject);
      this.#socket.on('close', resolve);
    });
  }

  hangUp() {
    this.#send('stop', '"stop":{"accountSid":"AC0","callSid":"CA0"}');
    for (const leave of this.#leave) leave();
    this.#socket.close(1000);
  }

  #begin() {
    this.#socket.send('{"event":"connected","protocol":"Call","version":"1.0.0"}');
    this.#send(
      'start',
      `"sequenceNumber":"1","start":{"accountSid":"AC0","streamSid":"${this.#streamSid}","callSid":"CA${this.#sid}",` +
        '"tracks":["inbound"],"mediaFormat":{"encoding":"audio/x-mulaw","sampleRate":8000,"channels":1},"customParameters":{}}',
    );
    this.#leave = [frames.join(() => this.#frame()), playback.join(() => this.#player.step())];
  }

  #frame() {
    const count = this.sent++;
    const isPulse = this.#watch === 'pulses' && (count + this.#number * 7) % FRAMES_PER_PULSE === 0;
    let payload = this.#watch === 'nothing' ? NOISE[count % NOISE.length] : SILENCE;
    if (isPulse) payload = pulse(FORMAT, this.#number);
    const text =
      `{"event":"media","sequenceNumber":"${count + 2}","media":{"track":"inbound","chunk":"${count + 1}",` +
      `"timestamp":"${count * FRAME_MS}","payload":"${payload}"},"streamSid":"${this.#streamSid}"}`;
    if (isPulse) this.#journal.sent.push([this.#number, nowMs()]);
    this.#socket.send(text);
  }

  #onMessage(data) {
    const atMs = nowMs();
    const message = JSON.parse(data.toString());
    if (message.event === 'media') this.#onMedia(message.media.payload, atMs);
    else if (message.event === 'mark') this.#player.mark(message.mark.name);
    else if (message.event === 'clear') this.#onClear(atMs);
  }

  #onMedia(payload, atMs) {
    this.heard++;
    this.#player.media(payload);
    if (this.#watch === 'pulses') {
      const found = findPulse(FORMAT, payload);
      if (found !== null) this.#journal.heard.push([found.number, atMs + found.atMs]);
    } else if (this.#watch === 'clears') {
      this.#ai ??= findPulse(FORMAT, payload)?.number ?? null;
      this.#lastMediaMs = atMs;
    }
  }

  #onClear(atMs) {
    const playedMs = this.#player.clear();
    this.#journal.clears.push({ ai: this.#ai, atMs, playedMs, lastMediaMs: this.#lastMediaMs });
  }

  #send(event, body) {
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    this.#socket.send(`{"event":"${event}","streamSid":"${this.#streamSid}",${body}}`);
  }
}

const crowd = new Crowd(
  (options, number, journal) => new TwilioCall(options.origin, number, options.watch, journal),
);
answer(crowd.answers);
