import {
  asGatewayError,
  type Cancel,
  type Clock,
  type EventSink,
  GatewayError,
  type Log,
} from '#libs/contracts';
import { recordingFailed } from './errors.js';
import { PLATFORM } from './twilio.leg-info.js';
import { download, pause } from './twilio.recording-download.js';
import { isUnderWay, type Known, type RecordingNote, RecordingShelf } from './twilio.recording-shelf.js';
import type { TwilioRest } from './twilio.rest.js';
import { isGone } from './twilio.rest-errors.js';

export interface RecordingKeeperParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly events: EventSink;
  readonly folder: string;
  /** Null: not set up, or not any more. What was fetched before is looked after all the same. */
  readonly rest: TwilioRest | null;
  readonly mostBytes: number;
  /** Whatever agents say, recordings are not kept longer; null: as long as they say. */
  readonly keepAtMostMs: number | null;
  /** What is deleted here of a recording that the gateway began is deleted there too. */
  readonly deleteAtTwilio: boolean;
  readonly isLive: (callSid: string) => boolean;
  /** Milliseconds since 1970. */
  readonly wallMs: () => number;
}

/** The file may lag behind its callback. */
const TRY_AFTER_MS = [0, 1000, 5000, 30_000, 120_000];
const SWEEP_EVERY_MS = 3_600_000;
const DAY_MS = 86_400_000;

/**
 * Fetches recordings, keeps them for their time and deletes them, here and at Twilio. What is still to be done about each stands in its
 * note on disk; the start and each hour look through the notes. Methods never reject unless they say so.
 */
export class RecordingKeeper {
  private readonly shelf: RecordingShelf;
  private readonly fetching = new Set<string>();
  private readonly stop = new AbortController();
  private readonly working = new Set<Promise<unknown>>();
  private readonly cancelSweeps: Cancel;
  private last: Promise<unknown> = Promise.resolve();
  private sweeping: Promise<void> | null = null;

  constructor(private readonly parts: RecordingKeeperParts) {
    this.shelf = new RecordingShelf(parts.folder);
    this.cancelSweeps = parts.clock.every(SWEEP_EVERY_MS, () => this.sweep());
    this.sweep();
  }

  /** The gateway has begun it. */
  begun(known: Known): void {
    void this.behind(this.turn(known, (note) => note ?? this.fresh(known)));
  }

  /** A pause of it is about to be ordered, or is confirmed. Resolves when that is noted. */
  async held(known: Known, isConfirmed: boolean): Promise<void> {
    const [from, to] = isConfirmed ? (['holding', 'running'] as const) : (['running', 'holding'] as const);
    const change = (note: RecordingNote) => (note.state === from ? this.turned(note, to) : note);
    await this.behind(this.turn(known, (found) => change(found ?? this.fresh(known))));
  }

  /** Of this call nothing is kept that has no note. */
  refuseCall(callSid: string): void {
    this.behind(this.guarded(() => this.alone(() => this.shelf.refuse(callSid))));
  }

  /** It must not be kept, however far it is. Deleted at Twilio when it is complete. */
  refuse(known: Known): void {
    const work = async () => {
      const found = await this.shelf.read(known);
      const turned = this.turned(found ?? this.fresh(known), 'unwanted');
      await this.shelf.write(turned);
      await this.shelf.removeSound(known);
      if (found !== null && !isUnderWay(found)) this.behind(this.deleteThere(turned));
    };
    this.behind(this.guarded(() => this.alone(work)));
  }

  /** It is complete at Twilio. Resolves when that is noted. `refused`: unless a note says otherwise, as a mark on disk does too. */
  completed(known: Known, channels: number, refused: boolean): Promise<void> {
    return this.behind(this.noteComplete(known, channels, refused));
  }

  /** There will be none. */
  async absent(known: Known): Promise<void> {
    await this.behind(this.turn(known, (note) => note && this.turned(note, 'gone')));
  }

  /** Deletes what there is of a call. False: nothing. Rejects when the disk does not do it. */
  remove(callSid: string): Promise<boolean> {
    return this.alone(async () => {
      const notes = await this.shelf.ofCall(callSid);
      const kept = notes.filter(({ state }) => state !== 'gone' && state !== 'unwanted');
      const loose = (await this.shelf.unnoted()).filter((name) => name.startsWith(`${callSid}.`));
      for (const note of kept) await this.discard(note);
      for (const name of loose) await this.shelf.removeFile(name);
      return kept.length + loose.length > 0;
    });
  }

  /** What is under way is broken off; the next start takes it up again. */
  async close(): Promise<void> {
    this.cancelSweeps();
    this.stop.abort();
    while (this.working.size > 0) await Promise.all(this.working);
  }

  private async noteComplete(known: Known, channels: number, refused: boolean): Promise<void> {
    let isRefused = refused;
    await this.guarded(async () => {
      isRefused ||= await this.alone(() => this.shelf.isRefused(known.callSid));
    });
    const note = await this.turn(known, (found) => {
      if (found !== null && !isUnderWay(found)) return found;
      const first = { ...(found ?? this.fresh(known)), channels };
      if (found === null ? !isRefused : found.state === 'running') return this.turned(first, 'wanted');
      return this.turned(first, first.ours ? 'unwanted' : 'gone');
    });
    if (note?.state === 'wanted') this.behind(this.fetch(note, TRY_AFTER_MS));
    else if (note?.state === 'unwanted') this.behind(this.deleteThere(note));
  }

  /** One at a time. */
  private sweep(): void {
    this.sweeping ??= this.guarded(() => this.lookAtAll()).then(() => {
      this.sweeping = null;
    });
    this.behind(this.sweeping);
  }

  private async lookAtAll(): Promise<void> {
    const { log, keepAtMostMs } = this.parts;
    await this.shelf.removeDead(this.parts.wallMs());
    let deleted = 0;
    if (keepAtMostMs !== null)
      deleted = await this.shelf.removeOlder(await this.shelf.unnoted(), this.parts.wallMs() - keepAtMostMs);
    for (const note of await this.shelf.all()) {
      if (this.stop.signal.aborted) return;
      await this.guarded(async () => {
        if (await this.lookAt(note)) deleted++;
      });
    }
    if (deleted > 0) log.info({ deleted }, "Twilio's recordings were kept long enough and are deleted.");
  }

  /** True: it was kept long enough. */
  private async lookAt(note: RecordingNote): Promise<boolean> {
    const { wallMs, keepAtMostMs, isLive } = this.parts;
    const ageMs = wallMs() - note.sinceAt;
    if (note.state === 'gone') {
      if (ageMs >= DAY_MS) await this.shelf.removeNote(note);
    } else if (isLive(note.callSid)) return false;
    else if (note.state === 'unwanted') await this.deleteThere(note);
    else if (isUnderWay(note)) await this.askAfter(note);
    else if (ageMs >= Math.min(note.keepForMs ?? Infinity, keepAtMostMs ?? Infinity)) {
      await this.alone(() => this.discard(note));
      return true;
    } else if (note.state === 'wanted') await this.fetch(note, [0]);
    return false;
  }

  /** No callback has told what became of it: the gateway was not there, or the callback was lost. */
  private async askAfter(note: RecordingNote): Promise<void> {
    if (this.parts.rest === null) return;
    const found = await this.parts.rest.findRecording(note.recordingSid);
    if (found === null || found.status === 'absent') await this.absent(note);
    else if (found.status === 'completed') await this.completed(note, found.channels, false);
  }

  /** Tries after each of these delays; what may still come is tried again by the next look, for a day. */
  private async fetch(note: RecordingNote, delaysMs: readonly number[]): Promise<void> {
    const { callSid, recordingSid } = note;
    const { rest, log, events, wallMs } = this.parts;
    if (rest === null || this.fetching.has(recordingSid)) return;
    this.fetching.add(recordingSid);
    let failure: unknown = recordingFailed('Twilio has not handed it out yet');
    let isFinal = false;
    for (const delayMs of delaysMs) {
      if (!isFinal) await pause(this.parts.clock, delayMs, this.stop.signal);
      if (isFinal || this.stop.signal.aborted) break;
      try {
        if (await this.fetchOnce(note, rest)) {
          this.fetching.delete(recordingSid);
          return;
        }
      } catch (thrown) {
        failure = thrown;
        isFinal = thrown instanceof GatewayError && thrown.code === 'TWILIO_RECORDING_FAILED';
      }
    }
    this.fetching.delete(recordingSid);
    if (this.stop.signal.aborted) return;
    const error = asGatewayError(failure, 'TWILIO_RECORDING_FAILED', "Twilio's recording could not be kept");
    log.error({ callSid, recordingSid, code: error.code, advice: error.advice }, error.message);
    events.publish('platform.failed', { platform: PLATFORM, code: error.code, fatal: false });
    if (isFinal || wallMs() - note.sinceAt >= DAY_MS)
      await this.turn(note, (known) => (known?.state === 'wanted' ? { ...known, state: 'kept' } : known));
  }

  /** False: it is not there yet. Rejects as Twilio or the disk does. */
  private async fetchOnce(note: RecordingNote, rest: TwilioRest): Promise<boolean> {
    const { callSid, recordingSid, channels } = note;
    const path = await this.shelf.newPart(note);
    const { mostBytes, log } = this.parts;
    const bytes = await download(rest, { recordingSid, channels, path, mostBytes }, this.stop.signal);
    if (bytes === null) return false;
    await this.alone(async () => {
      const known = await this.shelf.read(note);
      // Somebody may have asked meanwhile for it to be forgotten.
      if (known?.state !== 'wanted') return this.shelf.removePart(path);
      await this.shelf.putSound(note, path);
      await this.shelf.write({ ...known, state: 'kept' });
      log.info({ callSid, recordingSid, bytes }, "Twilio's recording of a call was fetched.");
    });
    return true;
  }

  /** To be called alone. */
  private async discard(note: RecordingNote): Promise<void> {
    const isOurs = note.ours && this.parts.deleteAtTwilio;
    const turned = this.turned(note, isOurs ? 'unwanted' : 'gone');
    await this.shelf.write(turned);
    await this.shelf.removeSound(note);
    if (isOurs) this.behind(this.deleteThere(turned));
  }

  /** What does not work is tried again by the next look. */
  private async deleteThere(note: RecordingNote): Promise<void> {
    const { rest, log } = this.parts;
    if (rest === null) return;
    const { callSid, recordingSid } = note;
    await this.guarded(async () => {
      if (note.ours)
        await rest.deleteRecording(recordingSid).catch((thrown) => {
          if (!isGone(thrown)) throw thrown;
        });
      await this.turn(note, (known) => known && this.turned(known, 'gone'));
      if (note.ours) log.info({ callSid, recordingSid }, 'A recording is deleted at Twilio.');
    });
  }

  private fresh(known: Known): RecordingNote {
    const { callSid, recordingSid, ours, keepForMs } = known;
    const sinceAt = this.parts.wallMs();
    return { callSid, recordingSid, ours, keepForMs, state: 'running', sinceAt, channels: 2 };
  }

  private turned(note: RecordingNote, state: RecordingNote['state']): RecordingNote {
    return note.state === state ? note : { ...note, state, sinceAt: this.parts.wallMs() };
  }

  /** Reads, changes and writes what is noted. Null where there is nothing to note, or the disk did not do it. */
  private async turn(
    known: Known,
    change: (note: RecordingNote | null) => RecordingNote | null,
  ): Promise<RecordingNote | null> {
    let note: RecordingNote | null = null;
    await this.guarded(() =>
      this.alone(async () => {
        const found = await this.shelf.read(known);
        const changed = change(found);
        if (changed !== null && changed !== found) await this.shelf.write(changed);
        note = changed;
      }),
    );
    return note;
  }

  /** One change of notes and files after the other. */
  private alone<T>(work: () => Promise<T>): Promise<T> {
    const result = this.last.then(work);
    this.last = result.catch(() => undefined);
    return result;
  }

  private async guarded(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (thrown) {
      const failure = asGatewayError(thrown, 'TWILIO_RECORDINGS_STUCK', 'No success');
      const { code, message: reason, advice } = failure;
      this.parts.log.error({ code, reason, advice }, "Twilio's recordings could not be looked after.");
    }
  }

  /** What the end of the process waits for; never rejects. */
  private behind<T>(work: Promise<T>): Promise<T> {
    this.working.add(work);
    void work.finally(() => this.working.delete(work));
    return work;
  }
}
