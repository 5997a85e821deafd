import { bytesPerMs, silence, wavHeader } from '#libs/audio';
import type { AudioFrame } from '#libs/contracts';
import type { LineRecord } from '../call/line-record.js';
import { seededRandom } from '../call/seeded-random.js';
import { FRAME_MS } from '../call/ticker.js';
import type { MediaFormat } from './media-formats.js';

type State = 'closed' | 'starting' | 'open' | 'stopping';

export interface UserStreamOptions {
  readonly media: MediaFormat;
  /** Null in an ordinary call of two. */
  readonly participant: string | null;
  readonly chunks: number | 'irregular';
  readonly acknowledgeWithinMs: number;
}

/** One participant's sound on its way to the bot: start, wait for started, chunks, stop, wait for stopped. */
export class UserStream {
  private state: State = 'closed';
  private sinceMs = 0;
  private complained = false;
  private headerDue = false;
  private pending: Uint8Array[] = [];
  private pendingBytes = 0;
  private nextSize: number;
  private readonly silentBase64: string;
  private readonly random = seededRandom(7);

  constructor(
    private readonly options: UserStreamOptions,
    private readonly record: LineRecord,
    private readonly send: (message: object) => void,
    private readonly sendText: (text: string) => void,
    private readonly conversationId: string,
  ) {
    const { format } = options.media;
    this.silentBase64 = Buffer.from(silence(format, FRAME_MS)).toString('base64');
    this.nextSize = this.chunkSize();
  }

  get participant(): string | null {
    return this.options.participant;
  }

  /** Opens or closes the stream, one step at a time; called every 20 ms with what the floor asks for. */
  want(open: boolean, nowMs: number): void {
    if (this.state === 'closed' && open) this.step('starting', 'userStream.start', nowMs);
    else if (this.state === 'open' && !open) this.step('stopping', 'userStream.stop', nowMs);
    else if (this.waiting && !this.complained && nowMs - this.sinceMs > this.options.acknowledgeWithinMs) {
      this.complained = true;
      const answer = this.state === 'starting' ? 'userStream.started' : 'userStream.stopped';
      this.record.breaches.add('NOT_ACKNOWLEDGED', `${answer} did not come in time`);
    }
  }

  started(participant: unknown): void {
    this.checkParticipant('userStream.started', participant);
    if (this.state !== 'starting') {
      this.record.breaches.add('ACKNOWLEDGED_UNASKED', 'userStream.started without userStream.start');
      return;
    }
    this.state = 'open';
    this.record.event('user stream open');
    this.headerDue = this.options.media.wav;
  }

  stopped(participant: unknown): void {
    this.checkParticipant('userStream.stopped', participant);
    if (this.state !== 'stopping') {
      this.record.breaches.add('ACKNOWLEDGED_UNASKED', 'userStream.stopped without userStream.stop');
      return;
    }
    this.state = 'closed';
  }

  /** 20 ms of sound; null is silence. Lost while the stream is not open, as on the real platform. */
  sound(frame: AudioFrame | null): void {
    if (this.state !== 'open') return;
    if (this.options.chunks === FRAME_MS && !this.headerDue) {
      this.sendChunk(frame?.base64 ?? this.silentBase64);
      return;
    }
    const bytes = frame?.bytes ?? silence(this.options.media.format, FRAME_MS);
    if (this.headerDue) this.pend(wavHeader(this.options.media.format, 1, 0));
    this.headerDue = false;
    this.pend(bytes);
    if (this.options.chunks === FRAME_MS) this.nextSize = this.pendingBytes;
    while (this.pendingBytes >= this.nextSize) {
      this.sendPending(this.nextSize);
      this.nextSize = this.chunkSize();
    }
  }

  private get waiting(): boolean {
    return this.state === 'starting' || this.state === 'stopping';
  }

  private step(state: State, type: string, nowMs: number): void {
    this.state = state;
    this.sinceMs = nowMs;
    this.complained = false;
    const { participant } = this.options;
    this.send(participant === null ? { type } : { type, participant });
  }

  private pend(bytes: Uint8Array): void {
    this.pending.push(bytes);
    this.pendingBytes += bytes.length;
  }

  private sendPending(size: number): void {
    const all = Buffer.concat(this.pending);
    this.pending = [all.subarray(size)];
    this.pendingBytes = all.length - size;
    this.sendChunk(all.subarray(0, size).toString('base64'));
  }

  private sendChunk(base64: string): void {
    const { participant } = this.options;
    const tag = participant === null ? '' : `,"participant":${JSON.stringify(participant)}`;
    this.sendText(
      `{"type":"userStream.chunk","conversationId":"${this.conversationId}","audioChunk":"${base64}"${tag}}`,
    );
  }

  /** In bytes. Irregular ones are mostly small, at times odd, empty or of a single byte. */
  private chunkSize(): number {
    const { chunks, media } = this.options;
    const perMs = bytesPerMs(media.format);
    if (chunks !== 'irregular') return Math.max(1, chunks * perMs);
    const dice = this.random();
    if (dice < 0.05) return 0;
    if (dice < 0.1) return 1;
    return Math.floor(this.random() * 60 * perMs) + 1;
  }

  private checkParticipant(type: string, participant: unknown): void {
    if ((participant ?? null) !== this.options.participant) {
      this.record.breaches.add('PARTICIPANT_NOT_ECHOED', `${type} without the participant of the question`);
    }
  }
}
