import { randomUUID } from 'node:crypto';
import type { WebSocket } from 'ws';
import { bytesPerMs, inPieces } from '#libs/audio';
import type {
  AudioFormat,
  AudioFrame,
  CallerNews,
  CallIntake,
  CallPlace,
  Cancel,
  Clock,
  EndReason,
  GatewayError,
  LegFormats,
  LegInfo,
  LegListener,
  PlatformLeg,
} from '#libs/contracts';
import { asGatewayError } from '#libs/contracts';
import { BROWSER, BROWSER_CAPABILITIES } from './browser.adapter.js';
import type { BrowserConfig } from './browser.config.js';
import {
  type BrowserMessage,
  buildEnded,
  buildError,
  buildMark,
  buildNews,
  buildReady,
  CLEAR,
  parseMessage,
} from './browser.messages.js';
import { CallerLine } from './caller-line.js';
import * as errors from './errors.js';
import { FaultLevel } from './fault-level.js';

const FORMAT: AudioFormat = { encoding: 'pcm16', sampleRate: 24_000 };
const LONGEST_PIECE_MS = 1000;
const LONGEST_PIECE_BYTES = LONGEST_PIECE_MS * bytesPerMs(FORMAT);
/** In messages that are none; sound beyond the pace of time weighs as many as it has seconds. */
const MOST_FAULTS = 50;
const FAULTS_FORGIVEN_PER_SECOND = 0.5;
/** A piece weighs no less than this: a message of one sample is work as well. */
const LIGHTEST_PIECE_MS = 20;
const TELL_TOO_FAST_EVERY_MS = 1000;
/** The AI speaks faster than real time, so a healthy but narrow line may have seconds waiting; a dead one no more than this. */
const SLOW_READER_BYTES = 5000 * bytesPerMs(FORMAT);

/** One call over one connection. */
export class BrowserLeg implements PlatformLeg {
  info: LegInfo = {
    platform: BROWSER,
    platformCallId: '',
    direction: 'inbound',
    from: null,
    to: null,
    callerFormats: [FORMAT],
    agentFormats: [FORMAT],
    parameters: {},
    capabilities: BROWSER_CAPABILITIES,
  };
  private listener: LegListener | null = null;
  private over = false;
  private toldTooFastMs = Number.NEGATIVE_INFINITY;
  private readonly faults: FaultLevel;
  private readonly caller: CallerLine;
  private readonly cancelStartTimer: Cancel;

  constructor(
    private readonly socket: WebSocket,
    private readonly intake: CallIntake,
    private readonly place: CallPlace,
    private readonly clock: Clock,
    config: BrowserConfig,
  ) {
    this.faults = new FaultLevel(clock, MOST_FAULTS, FAULTS_FORGIVEN_PER_SECOND);
    this.caller = new CallerLine(FORMAT, clock, config.gapFillAfterMs, (frame) =>
      this.listener?.onCallerAudio(frame),
    );
    this.cancelStartTimer = clock.after(config.startTimeoutMs, () =>
      this.refuse(errors.startMissing(), 'never-connected'),
    );
    socket.on('message', (data: Buffer, isBinary: boolean) => this.onMessage(data, isBinary));
    socket.on('close', () => this.onClose());
    socket.on('error', () => socket.terminate());
  }

  answer(_formats: LegFormats): void {
    if (this.over) return;
    this.send(buildReady(this.info.platformCallId));
    this.caller.run();
    this.listener?.onReady();
  }

  push(frame: AudioFrame): boolean {
    if (this.over || this.socket.bufferedAmount > SLOW_READER_BYTES) return false;
    if (frame.durationMs <= LONGEST_PIECE_MS) this.socket.send(frame.bytes);
    else for (const piece of inPieces(frame, LONGEST_PIECE_MS)) this.socket.send(piece.bytes);
    return true;
  }

  flush(): void {
    // Sound of any length is sent as it comes, so nothing is held back.
  }

  mark(name: string): void {
    this.send(buildMark(name));
  }

  clear(): void {
    this.send(CLEAR);
  }

  understood(news: CallerNews): void {
    this.send(buildNews(news));
  }

  hangUp(reason: EndReason): void {
    this.send(buildEnded(reason));
    this.finish();
  }

  private onMessage(data: Buffer, isBinary: boolean): void {
    if (this.over) return;
    if (isBinary) this.onAudio(data);
    else this.onText(data.toString());
  }

  private onAudio(data: Buffer): void {
    const wrong = this.wrongWith(data);
    if (wrong !== null) {
      this.bad(errors.badSound(wrong));
      return;
    }
    if (!this.caller.take(data)) this.leftOut(data.length / bytesPerMs(FORMAT));
  }

  /** A browser that was held up may rightly bring a backlog: the seconds of it count, not its messages. */
  private leftOut(durationMs: number): void {
    const nowMs = this.clock.nowMs();
    if (nowMs - this.toldTooFastMs >= TELL_TOO_FAST_EVERY_MS) {
      this.toldTooFastMs = nowMs;
      this.tell(errors.soundTooFast());
    }
    this.count(Math.max(LIGHTEST_PIECE_MS, durationMs) / 1000);
  }

  /** Null: nothing. */
  private wrongWith(data: Buffer): string | null {
    if (this.listener === null) return 'it came before the start';
    if (data.length === 0 || data.length % 2 !== 0) return 'no whole samples';
    return data.length > LONGEST_PIECE_BYTES ? 'more than a second' : null;
  }

  private onText(json: string): void {
    const message = parseMessage(json);
    if (message.type === 'misunderstood') this.bad(errors.badMessage(message.why));
    else if ((message.type === 'start') === (this.listener !== null))
      this.bad(errors.badMessage('a call has one start, before all else'));
    else this.follow(message);
  }

  private follow(message: BrowserMessage): void {
    switch (message.type) {
      case 'start':
        this.begin(message);
        break;
      case 'mark':
        this.listener?.onMarkHeard(message.name);
        break;
      case 'dtmf':
        this.listener?.onDtmf(message.digit);
        break;
      case 'stop':
        this.end('caller-hung-up');
        break;
    }
  }

  /** Whoever is let in to call may also choose the agent: the door asks for the role `operator`. */
  private begin({ callId, from, agent, parameters }: BrowserMessage & { type: 'start' }): void {
    this.cancelStartTimer();
    const chosen = agent === null ? {} : { agent };
    this.info = { ...this.info, platformCallId: callId ?? randomUUID(), from, parameters, ...chosen };
    try {
      this.listener = this.intake.offer(this, this.place);
    } catch (thrown) {
      this.refuse(asGatewayError(thrown, 'BROWSER_REFUSED', 'The call was not taken'), 'never-connected');
    }
  }

  private bad(error: GatewayError): void {
    this.tell(error);
    this.count(1);
  }

  private count(weight: number): void {
    if (!this.faults.add(weight)) return;
    this.send(buildError(errors.tooManyBadMessages()));
    this.end('protocol-error');
  }

  /** Something was wrong and the call goes on. */
  private tell(error: GatewayError): void {
    this.listener?.onFault(error);
    // Who sends rubbish and reads nothing must not fill the memory with answers.
    if (this.socket.bufferedAmount <= SLOW_READER_BYTES) this.send(buildError(error));
  }

  /** There is no call, or not any more. */
  private refuse(error: GatewayError, reason: EndReason): void {
    this.send(buildError(error));
    this.hangUp(reason);
  }

  private end(reason: EndReason): void {
    const { listener } = this;
    this.hangUp(reason);
    listener?.onHangUp(reason);
  }

  private onClose(): void {
    const wasOver = this.over;
    this.finish();
    if (!wasOver) this.listener?.onLegLost(errors.connectionLost());
  }

  private send(text: string): void {
    if (!this.over) this.socket.send(text);
  }

  private finish(): void {
    if (this.over) return;
    this.over = true;
    this.cancelStartTimer();
    this.caller.stop();
    this.place.release();
    this.socket.close(1000);
  }
}
