import { ArrivalLog, createConverter, frameFromSamples, tone } from '#libs/audio';
import type { AiListener, AiOptions, AiSession, AudioFormat, AudioFrame, HeardItem } from '#libs/contracts';
import type { EchoConfig } from './echo.config.js';
import type { Greeting } from './greeting.js';
import { TurnRecorder } from './turn-recorder.js';

const TONE_HZ = 1000;
const TONE_MS = 250;
const KEY_TONE_MS = 120;
const PIECE_MS = 200;

interface Piece {
  readonly samples: Int16Array;
  readonly sampleRate: number;
}

/** One call's echo: greets, plays a tone, and then repeats each turn of the caller. */
export class EchoSession implements AiSession {
  private readonly turns: TurnRecorder;
  private readonly arrivals = new ArrivalLog();
  private readonly linear: AudioFormat;
  private items = 0;
  private closed = false;
  /** What was said last, in case the caller was away and did not hear it. */
  private last: readonly Piece[] = [];

  constructor(
    private readonly config: EchoConfig,
    private readonly greeting: Greeting | null,
    private readonly options: AiOptions,
    private readonly listener: AiListener,
  ) {
    this.linear = { encoding: 'pcm16', sampleRate: options.callerFormat.sampleRate };
    this.turns = new TurnRecorder({ ...config, sampleRate: this.linear.sampleRate });
  }

  push(frame: AudioFrame): boolean {
    if (this.closed) return false;
    const found = this.turns.push(frame.samples);
    this.arrivals.note(this.turns.positionMs, frame.timestampMs);
    for (const news of found) {
      const atMs = this.arrivals.instantOf(news.positionMs, news.kind)!;
      if (news.kind === 'started') {
        this.listener.onCallerSpeech('started', atMs);
        this.listener.onInterrupted();
      } else {
        this.listener.onCallerSpeech('stopped', atMs);
        this.listener.onTurnCommitted();
        this.say([{ samples: news.speech, sampleRate: this.linear.sampleRate }]);
      }
    }
    return true;
  }

  greet(): void {
    const { sampleRate } = this.options.agentFormat;
    const beep = { samples: tone({ sampleRate, frequencyHz: TONE_HZ, durationMs: TONE_MS }), sampleRate };
    this.say(this.config.greeting && this.greeting !== null ? [this.greeting, beep] : [beep]);
  }

  interrupt(_items: readonly HeardItem[]): void {
    // An answer is handed over whole, so there is nothing left to stop, and the echo remembers no conversation.
  }

  answerTool(): void {
    // The echo calls no functions.
  }

  /** One short tone for each key, higher for higher digits. */
  dtmf(digits: string): void {
    const { sampleRate } = this.options.agentFormat;
    this.say(
      [...digits].map((digit) => ({
        samples: tone({
          sampleRate,
          frequencyHz: 500 + 60 * (Number.parseInt(digit, 16) || 0),
          durationMs: KEY_TONE_MS,
        }),
        sampleRate,
      })),
    );
  }

  goOn(): void {
    this.say(this.last);
  }

  close(): void {
    this.closed = true;
  }

  /** One utterance of several pieces, in the agent's format. */
  private say(pieces: readonly Piece[]): void {
    if (this.closed) return;
    this.last = pieces;
    const { agentFormat, clock } = this.options;
    const itemId = `echo-${++this.items}`;
    this.listener.onResponseStarted(itemId);
    for (const { samples, sampleRate } of pieces) {
      const from: AudioFormat = { encoding: 'pcm16', sampleRate };
      const frame = createConverter(from, agentFormat).convert(
        frameFromSamples('agent', from, clock.nowMs(), samples),
      );
      if (frame !== null) this.hand(frame.samples, itemId);
    }
    this.listener.onAgentAudioDone(itemId);
    this.listener.onResponseFinished(itemId, 'completed', null);
  }

  /** In pieces of a size that a platform's marks can tell apart. */
  private hand(samples: Int16Array, itemId: string): void {
    const { agentFormat, clock } = this.options;
    const pieceSamples = (agentFormat.sampleRate * PIECE_MS) / 1000;
    for (let at = 0; at < samples.length; at += pieceSamples) {
      const piece = samples.subarray(at, at + pieceSamples);
      this.listener.onAgentAudio(frameFromSamples('agent', agentFormat, clock.nowMs(), piece), itemId);
    }
  }
}
