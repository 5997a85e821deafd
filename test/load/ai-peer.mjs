// The AI: as much of the OpenAI Realtime protocol as a call needs, and sound in real time. It starts to speak when the first
// sound of the caller comes, so that it serves the gateway and the bare relay alike.
import { WebSocketServer } from 'ws';
import { AiSpeech, newId } from './ai-speech.mjs';
import { AiTurns } from './ai-turns.mjs';
import { answer, nowMs } from './answer.mjs';
import { findPulse, MOST_NUMBERS } from './sound.mjs';

const BEHAVIOURS = { noise: AiSpeech, pulses: AiSpeech, turns: AiTurns };

/**
 * Of the connections to come. `behaviour`: "noise", "pulses" or "turns". `deltaMs`: sound in one delta. `pauseMs`: from an
 * interruption to the next answer.
 */
let manner = { behaviour: 'noise', deltaMs: 20, pauseMs: 300 };
let connections = 0;
let appends = 0;
/** `sent` and `heard`: pulses, as [number, moment]. `interruptions`: see ai-turns.mjs. */
const journal = { sent: [], heard: [], interruptions: [] };

/** Parsing each frame only to count it would make this process the bottleneck. Another order of fields is parsed all the same. */
function isAppend(data) {
  return data.latin1Slice(0, 34) === '{"type":"input_audio_buffer.append';
}

class AiConnection {
  #socket;
  #number = connections++ % MOST_NUMBERS;
  #manner = manner;
  #format;
  #speaker = null;

  /** `format` holds until a session.update says otherwise. */
  constructor(socket, format) {
    this.#socket = socket;
    this.#format = format;
    socket.on('message', (data) => {
      if (this.#speaker !== null && !this.#listens && isAppend(data)) appends++;
      else this.#onMessage(JSON.parse(data.toString()));
    });
    socket.on('close', () => this.#speaker?.stop());
    this.#send({
      type: 'session.created',
      event_id: newId('event', 0),
      session: { type: 'realtime', id: newId('sess', 0) },
    });
  }

  /** Somebody wants to know what is in the sound. */
  get #listens() {
    return this.#manner.behaviour === 'pulses';
  }

  #onMessage(event) {
    if (event.type === 'input_audio_buffer.append') this.#onSound(event.audio);
    else if (event.type === 'session.update') {
      this.#format = event.session.audio.output.format.type;
      this.#send({ type: 'session.updated', event_id: newId('event', 1), session: event.session });
    } else this.#speaker?.onEvent(event);
  }

  #onSound(audio) {
    appends++;
    if (this.#speaker === null) {
      this.#speaker = new BEHAVIOURS[this.#manner.behaviour]({
        ...this.#manner,
        socket: this.#socket,
        number: this.#number,
        format: this.#format,
        journal,
      });
    }
    if (!this.#listens) return;
    const arrivedMs = nowMs();
    const found = findPulse(this.#format, audio);
    if (found !== null) journal.heard.push([found.number, arrivedMs + found.atMs]);
  }

  #send(event) {
    this.#socket.send(JSON.stringify(event));
  }
}

const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false });
server.on('connection', (socket, request) => {
  new AiConnection(socket, new URL(request.url, 'ws://peer').searchParams.get('format') ?? 'audio/pcm');
});

answer({
  /** Resolves to the port. */
  listen: async () => {
    while (server.address() === null) await new Promise((resolve) => setTimeout(resolve, 5));
    return server.address().port;
  },
  behave: (options) => {
    manner = { ...manner, ...options };
  },
  count: () => ({ appends, open: server.clients.size }),
  journal: () => ({
    sent: journal.sent.splice(0),
    heard: journal.heard.splice(0),
    interruptions: journal.interruptions.splice(0),
  }),
});
