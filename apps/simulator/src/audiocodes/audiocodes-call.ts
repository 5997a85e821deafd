import { randomUUID } from 'node:crypto';
import type { CallOutcome, CallReport } from '../call/call-report.js';
import type { Slot } from '../call/line-faults.js';
import { PlacedCall } from '../call/placed-call.js';
import { Activities, type ActivityListener } from './activities.js';
import {
  type AudioCodesCallOptions,
  initialParameters,
  type SessionParameters,
} from './audiocodes-options.js';
import { type BotMessage, readAcceptance, readAlternatives, readBotMessage } from './bot-messages.js';
import { BotSocket } from './bot-socket.js';
import { Floor } from './floor.js';
import { JUNK } from './junk.js';
import { USUAL_OFFER } from './media-formats.js';
import { PlayStreams } from './play-streams.js';

const ACCEPT_WITHIN_MS = 10_000;
const CLOSE_WITHIN_MS = 5000;
const JUNK_EVERY_MS = 500;

/** Calls the gateway as AudioCodes does. The call begins at once; `connected` and `ended` tell how it goes. */
export function placeAudioCodesCall(options: AudioCodesCallOptions): AudioCodesCall {
  return new AudioCodesCall(options);
}

type State = 'connecting' | 'initiated' | 'accepted' | 'away' | 'resuming' | 'ending' | 'over';

export class AudioCodesCall extends PlacedCall {
  readonly conversationId: string;
  private readonly offer: readonly string[];
  private readonly parameters: SessionParameters;
  private readonly plays: PlayStreams;
  private readonly floor: Floor;
  private readonly activities: Activities;
  private readonly orders: ActivityListener = {
    onHangup: (reason) => this.end('bot-disconnected', reason, 'agent-hung-up', reason),
    onTransfer: (target) => this.end('transferred', 'Call transferred', 'transferred', target),
    onAbortPrompts: () => this.plays.abort(this.line.clock.nowMs()),
  };
  private socket!: BotSocket;
  private state: State = 'connecting';
  private acceptedFormat: string | null = null;
  private attempts = 0;
  private outcome: CallOutcome = 'failed';
  private detail = '';
  private over!: () => void;
  private heardHints = false;

  constructor(private readonly options: AudioCodesCallOptions) {
    super(options);
    this.conversationId = options.conversationId ?? randomUUID();
    this.offer = options.offer ?? USUAL_OFFER;
    this.parameters = initialParameters(options);
    const send = (message: object) => this.send(message);
    // What a transfer comes to may be known after the call is over.
    const tell = (message: object) => {
      if (this.state !== 'ending' && this.state !== 'over') send(message);
    };
    this.activities = new Activities(options, this.parameters, this.line.record, this.line.clock, tell);
    this.plays = new PlayStreams(this.line, this.offer, () => this.activities.tell('playFinished'));
    this.floor = new Floor(options, this.parameters, this.plays, this.line, {
      conversationId: this.conversationId,
      send,
      sendText: (text) => this.sendText(text),
    });
    this.begin(async () => {
      await new Promise<void>((resolve) => {
        this.over = resolve;
        this.open();
      });
      return this.finalReport();
    });
  }

  hangUp(): void {
    this.end('client-disconnected', 'Client Side', 'caller-hung-up', '');
  }

  /** The platform comes back with `session.resume`, unless the options forbid it. */
  cut(): void {
    this.line.record.event('the simulator cuts the socket');
    this.socket.cut();
  }

  sendRaw(message: string | Uint8Array): void {
    this.socket.sendRaw(message);
  }

  protected sendSlot(slot: Slot): void {
    if (this.state !== 'accepted') return;
    const nowMs = this.line.clock.nowMs();
    this.plays.watch(nowMs);
    this.floor.tick(slot, nowMs);
    if (this.options.junk && slot.index % (JUNK_EVERY_MS / 20) === 0) {
      this.socket.sendRaw(JUNK[(slot.index / (JUNK_EVERY_MS / 20)) % JUNK.length]!(this.conversationId));
    }
  }

  protected sendKey(key: string): void {
    if (!this.parameters.sendDTMF) return;
    if (this.parameters.bargeInOnDTMF) this.plays.abort(this.line.clock.nowMs());
    this.activities.sendKeys(key);
  }

  protected pauseReading(paused: boolean): void {
    this.socket.pauseReading(paused);
  }

  private open(): void {
    const socket = new BotSocket(this.options, this.conversationId, {
      onOpen: () => this.onOpen(),
      onText: (text) => {
        if (socket === this.socket) this.onText(text);
      },
      onBinary: () => this.line.record.breaches.add('BINARY_FRAME', 'all frames are text'),
      onGone: (why, code, status) => {
        if (socket === this.socket) this.onGone(why, code, status);
      },
    });
    this.socket = socket;
  }

  private onOpen(): void {
    if (this.state === 'away') {
      this.state = 'resuming';
      const { resumeId = this.conversationId } = this.options;
      this.sendText(JSON.stringify({ type: 'session.resume', conversationId: resumeId }));
    } else {
      this.state = 'initiated';
      this.initiate();
      if (this.options.duplicateInitiate) this.initiate();
    }
    const { acceptWithinMs = ACCEPT_WITHIN_MS } = this.options;
    const waitingState = this.state;
    const waitingSocket = this.socket;
    this.line.clock.after(acceptWithinMs, () => {
      if (this.state !== waitingState || this.socket !== waitingSocket) return;
      const late = `session.accepted did not come within ${acceptWithinMs} ms`;
      this.line.record.breaches.add('ACCEPT_LATE', late);
      this.end('error', 'no answer', waitingState === 'initiated' ? 'refused' : 'lost', late);
    });
  }

  private initiate(): void {
    const { botName = 'patchbay', caller = '+15550100', expectAudioMessages = true } = this.options;
    const supportedMediaFormats = this.offer;
    this.send({ type: 'session.initiate', botName, caller, expectAudioMessages, supportedMediaFormats });
  }

  private onText(text: string): void {
    const message = readBotMessage(text, this.conversationId, this.line.record.breaches);
    if (message === null || this.state === 'over' || this.state === 'ending') return;
    const nowMs = this.line.clock.nowMs();
    if (message.type.startsWith('playStream.')) this.onPlayStream(message, nowMs);
    else if (message.type.startsWith('userStream.speech.')) this.onSpeech(message, nowMs);
    else if (message.type === 'userStream.started') this.floor.started(message.participant);
    else if (message.type === 'userStream.stopped') this.floor.stopped(message.participant);
    else if (message.type === 'session.accepted') this.onAccepted(message);
    else if (message.type === 'session.error') this.onError(message);
    else if (message.type === 'activities') this.activities.receive(message, this.orders);
    else
      this.line.record.breaches.add('VALIDATED_UNASKED', 'connection.validated without connection.validate');
  }

  private onPlayStream(message: BotMessage, nowMs: number): void {
    if (this.state !== 'accepted') {
      this.line.record.breaches.add('SOUND_BEFORE_ACCEPTED', `${message.type} before session.accepted`);
    } else if (message.type === 'playStream.start') this.plays.start(message, nowMs);
    else if (message.type === 'playStream.chunk') this.plays.chunk(message, nowMs);
    else this.plays.stop(message, nowMs);
  }

  private onSpeech(message: BotMessage, nowMs: number): void {
    const { record } = this.line;
    const kind = message.type.slice('userStream.speech.'.length);
    this.heardHints = true;
    record.event(`bot says: caller ${kind}`);
    const words =
      kind === 'hypothesis' || kind === 'recognition' ? readAlternatives(message, record.breaches) : null;
    if (kind === 'started' || kind === 'hypothesis') this.plays.callerSpeaks(this.parameters.bargeIn, nowMs);
    if (kind !== 'recognition') return;
    if (words !== null) record.recognised.push(words);
    this.floor.recognised(nowMs);
  }

  private onAccepted(message: BotMessage): void {
    const { record } = this.line;
    if (this.state === 'accepted' && this.options.duplicateInitiate) return;
    if (this.state !== 'initiated' && this.state !== 'resuming') {
      record.breaches.add('ACCEPTED_UNASKED', 'session.accepted without a question');
      return;
    }
    const resumed = this.state === 'resuming';
    const media = readAcceptance(message, this.offer, this.acceptedFormat, record.breaches);
    if (media === null) {
      this.end('error', 'no media format', 'refused', 'session.accepted without a usable mediaFormat');
      return;
    }
    this.state = 'accepted';
    this.attempts = 0;
    this.acceptedFormat ??= media.name;
    record.event(resumed ? 'resumed' : `accepted with ${media.name}`);
    this.floor.begin(media, this.line.clock.nowMs());
    if (resumed) return;
    this.activities.sendStart(this.conversationId);
    this.line.up(media.format);
    this.nowConnected();
  }

  private onError(message: BotMessage): void {
    const { reason } = message;
    if (typeof reason !== 'string') {
      this.line.record.breaches.add('REASON_MISSING', 'session.error without a reason');
    }
    this.fail(this.line.isUp ? 'lost' : 'refused', `session.error: ${reason}`);
    this.socket.close();
  }

  private onGone(why: string, closeCode: number, status: number | null): void {
    if (this.state === 'over') return;
    if (this.state === 'ending') {
      this.complete();
      return;
    }
    const { resume = { attempts: 3, afterMs: 200 } } = this.options;
    const wasUp = this.line.isUp;
    this.line.record.event(`socket gone: ${why}`);
    if (!wasUp) {
      this.fail('refused', status === null ? why : `HTTP ${status}`);
      return;
    }
    this.state = 'away';
    const nowMs = this.line.clock.nowMs();
    this.plays.lose(nowMs);
    this.floor.lose();
    if (resume === null || this.attempts >= resume.attempts) {
      this.fail('lost', `${why}, close code ${closeCode}`);
      return;
    }
    this.attempts++;
    this.line.clock.after(resume.afterMs, () => {
      if (this.state === 'away') this.open();
    });
  }

  /** Says goodbye and waits for the bot to close. */
  private end(reasonCode: string, reason: string, outcome: CallOutcome, detail: string): void {
    if (this.state === 'over' || this.state === 'ending') return;
    if (!this.socket.isOpen) {
      this.fail(outcome, detail);
      this.socket.cut();
      return;
    }
    this.send({ type: 'session.end', reasonCode, reason });
    this.state = 'ending';
    this.outcome = outcome;
    this.detail = detail;
    this.line.down();
    const { closeWithinMs = CLOSE_WITHIN_MS } = this.options;
    this.line.clock.after(closeWithinMs, () => {
      if (this.state !== 'ending') return;
      const open = `the bot left the socket open for ${closeWithinMs} ms after session.end`;
      this.line.record.breaches.add('NOT_CLOSED', open);
      this.complete();
      this.socket.close();
    });
  }

  private fail(outcome: CallOutcome, detail: string): void {
    this.outcome = outcome;
    this.detail = detail;
    this.complete();
  }

  private complete(): void {
    this.state = 'over';
    this.line.down();
    this.over();
  }

  private finalReport(): CallReport {
    const { record } = this.line;
    if (record.callerSpoke && !this.heardHints) {
      record.note('The bot sent no userStream.speech messages: the platform may take the caller for silent.');
    }
    return record.report('audiocodes', this.conversationId, this.outcome, this.detail, this.options.expect);
  }

  private send(message: object): void {
    this.sendText(JSON.stringify({ ...message, conversationId: this.conversationId }));
  }

  private sendText(text: string): void {
    if (this.socket.send(text)) return;
    this.line.record.breaches.add('BOT_READS_SLOWLY', 'two seconds of sound wait to be read');
  }
}
