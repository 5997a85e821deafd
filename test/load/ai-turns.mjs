import { answerBegins, deltaText, joined, newId } from './ai-speech.mjs';
import { nowMs } from './answer.mjs';
import { pulse, silence } from './sound.mjs';

const DELTA_MS = 100;
/** Sound is made four times as fast as it plays, so that a caller interrupts now a model that speaks, now one that has done. */
const DELTA_EVERY_MS = 25;
const ANSWER_DELTAS = 60;
const FIRST_INTERRUPTION_MS = 400;
const LAST_INTERRUPTION_MS = 2600;
/** What was on its way when the answer was cancelled. */
const LATE_DELTAS = 2;

/**
 * Answers, is interrupted by a caller who starts to speak at a random moment, answers again, and so on. Notes when it said that
 * speech has started, and what it was then told to forget: `{ai, atMs, audioEndMs}`; 0 for an item that was deleted.
 */
export class AiTurns {
  #options;
  #first;
  #rest;
  #turn = 0;
  #deltas = 0;
  #speechStartedMs = 0;
  #speaking = null;
  #next = null;

  constructor(options) {
    this.#options = options;
    const { format, number } = options;
    const quiet = Array(DELTA_MS / 20 - 1).fill(silence(format));
    this.#first = joined([pulse(format, number), ...quiet]);
    this.#rest = joined([silence(format), ...quiet]);
    this.#answer();
  }

  onEvent(event) {
    if (event.type === 'conversation.item.truncate') this.#forgotten(event.item_id, event.audio_end_ms);
    else if (event.type === 'conversation.item.delete') this.#forgotten(event.item_id, 0);
  }

  stop() {
    clearInterval(this.#speaking);
    clearTimeout(this.#next);
  }

  #answer() {
    const { socket } = this.#options;
    this.#deltas = 0;
    answerBegins(socket, this.#responseId, this.#itemId);
    this.#delta();
    this.#speaking = setInterval(() => {
      if (this.#deltas < ANSWER_DELTAS) this.#delta();
      else this.#done('completed');
    }, DELTA_EVERY_MS);
    const afterMs = FIRST_INTERRUPTION_MS + Math.random() * (LAST_INTERRUPTION_MS - FIRST_INTERRUPTION_MS);
    this.#next = setTimeout(() => this.#interrupt(), afterMs);
  }

  #interrupt() {
    this.#speechStartedMs = nowMs();
    this.#send('input_audio_buffer.speech_started', { audio_start_ms: 0, item_id: this.#userItemId });
    if (this.#speaking !== null) {
      for (let i = 0; i < LATE_DELTAS; i++) this.#delta();
      this.#done('cancelled');
    }
    const { pauseMs } = this.#options;
    this.#next = setTimeout(() => {
      this.#send('input_audio_buffer.speech_stopped', { audio_end_ms: 0, item_id: this.#userItemId });
      this.#send('input_audio_buffer.committed', { previous_item_id: null, item_id: this.#userItemId });
      this.#turn++;
      this.#answer();
    }, pauseMs);
  }

  #delta() {
    const payload = this.#deltas++ === 0 ? this.#first : this.#rest;
    this.#options.socket.send(deltaText(this.#responseId, this.#itemId, payload));
  }

  #done(status) {
    clearInterval(this.#speaking);
    this.#speaking = null;
    const ids = { response_id: this.#responseId, item_id: this.#itemId, output_index: 0, content_index: 0 };
    this.#send('response.output_audio.done', ids);
    this.#send('response.done', { response: { id: this.#responseId, status, output: [] } });
  }

  #forgotten(itemId, audioEndMs) {
    if (itemId !== this.#itemId) return;
    const { number, journal } = this.#options;
    journal.interruptions.push({ ai: number, atMs: this.#speechStartedMs, audioEndMs });
  }

  get #responseId() {
    return newId('resp', this.#turn);
  }

  get #itemId() {
    return newId('item', this.#turn);
  }

  get #userItemId() {
    return newId('user', this.#turn);
  }

  #send(type, fields) {
    this.#options.socket.send(JSON.stringify({ type, event_id: newId('event', 5), ...fields }));
  }
}
