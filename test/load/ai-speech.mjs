import { nowMs } from './answer.mjs';
import { FRAME_MS, Pace } from './pace.mjs';
import { MOST_NUMBERS, noise, pulse, silence } from './sound.mjs';

const frames = new Pace();
const PULSE_EVERY_MS = 1000;

/** As long as OpenAI's, since parsing them is part of the work. */
export function newId(kind, number) {
  return `${kind}_${String(number).padStart(21, 'CxYzAbK4Tn8QmR2vLpW')}`;
}

const RESPONSE_ID = newId('resp', 0);
const ITEM_ID = newId('item', 0);

/** What precedes the first sound of an answer. */
export function answerBegins(socket, responseId, itemId) {
  const response = { object: 'realtime.response', id: responseId, status: 'in_progress', output: [] };
  const item = { id: itemId, type: 'message', role: 'assistant', status: 'in_progress', content: [] };
  socket.send(JSON.stringify({ type: 'response.created', event_id: newId('event', 2), response }));
  socket.send(
    JSON.stringify({
      type: 'response.output_item.added',
      event_id: newId('event', 3),
      response_id: responseId,
      output_index: 0,
      item,
    }),
  );
}

export function deltaText(responseId, itemId, payload) {
  return (
    `{"type":"response.output_audio.delta","event_id":"${newId('event', 4)}","response_id":"${responseId}","item_id":"${itemId}",` +
    `"output_index":0,"content_index":0,"delta":"${payload}"}`
  );
}

/** One payload of many. */
export function joined(payloads) {
  return Buffer.concat(payloads.map((base64) => Buffer.from(base64, 'base64'))).toString('base64');
}

const prepared = new Map();

/** The same messages serve every connection, so that sending is nearly all that this process has to do. */
function noiseMessages(format, deltaMs) {
  const key = `${format} ${deltaMs}`;
  if (!prepared.has(key)) {
    const payloads = noise(format);
    const inOne = deltaMs / FRAME_MS;
    const messages = payloads.map((_, i) =>
      Array.from({ length: inOne }, (_, j) => payloads[(i * inOne + j) % payloads.length]),
    );
    prepared.set(
      key,
      messages.map((one) => Buffer.from(deltaText(RESPONSE_ID, ITEM_ID, joined(one)))),
    );
  }
  return prepared.get(key);
}

/** Speaks without end and in real time: noise, or silence with a pulse in every second. */
export class AiSpeech {
  #options;
  #messages;
  #stop;
  #count = 0;

  constructor(options) {
    this.#options = options;
    const { socket, behaviour, format, deltaMs, number } = options;
    if (behaviour === 'pulses') {
      this.#messages = [pulse(format, number), silence(format)].map((payload) =>
        Buffer.from(deltaText(RESPONSE_ID, ITEM_ID, payload)),
      );
      // Not all at the same moment.
      this.#count = Math.floor((number * PULSE_EVERY_MS) / FRAME_MS / MOST_NUMBERS);
    } else {
      this.#messages = noiseMessages(format, deltaMs);
    }
    answerBegins(socket, RESPONSE_ID, ITEM_ID);
    this.#stop = frames.join(() => this.#frame());
  }

  onEvent() {
    return;
  }

  stop() {
    this.#stop();
  }

  #frame() {
    const { socket, behaviour, deltaMs, number, journal } = this.#options;
    const count = this.#count++;
    if (behaviour === 'pulses') {
      const isPulse = count % (PULSE_EVERY_MS / FRAME_MS) === 0;
      if (isPulse) journal.sent.push([number, nowMs()]);
      socket.send(this.#messages[isPulse ? 0 : 1], { binary: false });
    } else if (count % (deltaMs / FRAME_MS) === 0) {
      const at = count / (deltaMs / FRAME_MS);
      socket.send(this.#messages[at % this.#messages.length], { binary: false });
    }
  }
}
