import type { CallReport } from './call-report.js';
import type { Caller } from './caller.js';
import { CallerLine, type LineOptions } from './caller-line.js';
import type { Slot } from './line-faults.js';
import { writeCallRecording } from './recording.js';
import type { Speech } from './speech.js';

/** A call that has been placed: a caller to be told what to do, and what comes of it. */
export abstract class PlacedCall implements Caller {
  /** Sound can flow. Rejects when the call ends without ever having been up. */
  readonly connected: Promise<void>;
  /** Never rejects. */
  readonly ended: Promise<CallReport>;
  readonly line: CallerLine;
  private connect!: () => void;
  private refuse!: (reason: Error) => void;
  private finish!: (report: CallReport) => void;

  protected constructor(options: LineOptions) {
    this.line = new CallerLine(options, {
      sendSlot: (slot) => this.sendSlot(slot),
      press: (key) => this.sendKey(key),
      hangUp: () => this.hangUp(),
      cut: () => this.cut(),
      pauseReading: (paused) => this.pauseReading(paused),
    });
    this.connected = new Promise((resolve, reject) => {
      this.connect = resolve;
      this.refuse = reject;
    });
    // Whoever waits only for `ended` learns of a refusal there.
    this.connected.catch(() => undefined);
    this.ended = new Promise((resolve) => {
      this.finish = resolve;
    });
  }

  abstract hangUp(): void;
  abstract cut(): void;
  /** Sends anything, also what the platform never would; for tests of bad input. */
  abstract sendRaw(message: string | Uint8Array): void;
  protected abstract sendSlot(slot: Slot): void;
  protected abstract sendKey(key: string): void;
  protected abstract pauseReading(paused: boolean): void;

  say(speech: Speech): Promise<void> {
    return this.line.say(speech);
  }

  listen(timeoutMs?: number): Promise<void> {
    return this.line.listen(timeoutMs);
  }

  hearAgent(timeoutMs?: number): Promise<void> {
    return this.line.hearAgent(timeoutMs);
  }

  interrupt(afterMs: number, speech: Speech): Promise<void> {
    return this.line.interrupt(afterMs, speech);
  }

  press(keys: string): Promise<void> {
    return this.line.press(keys);
  }

  pause(durationMs: number): Promise<void> {
    return this.line.pause(durationMs);
  }

  /** Two channels: the caller as sent, the agent as heard. Returns the file's path. */
  writeRecording(folder: string, name: string): Promise<string> {
    return writeCallRecording(folder, name, this.line.record);
  }

  /** The line is up. */
  protected nowConnected(): void {
    this.connect();
  }

  protected begin(run: () => Promise<CallReport>): void {
    void run().then((report) => {
      this.refuse(new Error(`The call did not connect: ${report.outcome}, ${report.detail}`));
      this.finish(report);
    });
  }
}
