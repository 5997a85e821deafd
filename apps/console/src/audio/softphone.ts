import type { Loudspeaker } from './loudspeaker.js';
import type { Microphone, OpenMicrophone } from './microphone.js';
import { type FromGateway, type News, parseFromGateway, type ToGateway } from './softphone-messages.js';
import { AGENT_RATE } from './sound.js';
import { microphoneError, type SoundError } from './sound-error.js';

/**
 * `connecting`: microphone and gateway are being reached; `ringing`: the call is placed; `talking`: it is answered.
 * `ended` and `failed` may start again.
 */
export type SoftphoneState = 'idle' | 'connecting' | 'ringing' | 'talking' | 'ended' | 'failed';

/** Something for the person to read, and a code for the page. */
export interface Trouble {
  readonly code: string;
  readonly message: string;
}

/** What the softphone shows; a new object for each change. */
export interface SoftphoneView {
  readonly state: SoftphoneState;
  /** The platform's own id of the call, `platformCallId` in the live monitor. */
  readonly callId: string | null;
  /** Why the call ended, as an `EndReason`. */
  readonly reason: string | null;
  /** Why it failed, or what is wrong while it goes on. */
  readonly trouble: Trouble | null;
  readonly muted: boolean;
}

export interface SoftphoneOptions {
  /** Of the browser platform: `wss://…/browser`. */
  readonly url: string;
  readonly loudspeaker: Loudspeaker;
  readonly openMicrophone: OpenMicrophone;
  readonly onNews?: (news: News) => void;
  /** How a socket is opened; the browser's own way unless given. */
  readonly connect?: (url: string) => WebSocket;
  /** Asked when the gateway did not open the line, since a browser does not tell why; null: nothing is known. Never rejects. */
  readonly whyRefused?: () => Promise<Trouble | null>;
}

export interface CallOptions {
  readonly from?: string;
  /** By name; absent: the one that answers such a call. */
  readonly agent?: string;
  readonly parameters?: Readonly<Record<string, string>>;
  /** Null: the system's own. */
  readonly microphoneId?: string | null;
}

const IDLE: SoftphoneView = { state: 'idle', callId: null, reason: null, trouble: null, muted: false };
/** A second of sound. A line so far behind is better off without what waits. */
const MOST_BUFFERED_BYTES = 2 * AGENT_RATE;
const NORMAL_CLOSURE = 1000;

const UNREACHABLE: Trouble = {
  code: 'unreachable',
  message:
    'The gateway could not be reached, or let nobody in: it may be full, or you may have to log in again.',
};
const LINE_LOST: Trouble = { code: 'line-lost', message: 'The connection to the gateway broke off.' };

/** A phone in the browser: one call at a time over the gateway's browser platform. A call that breaks is not taken up again. */
export class Softphone {
  private current = IDLE;
  private socket: WebSocket | null = null;
  private microphone: Microphone | null = null;
  private readonly watchers = new Set<() => void>();
  /** Counts calls, so that what belongs to an earlier one has no effect. */
  private call = 0;
  private microphoneId: string | null = null;
  private refusal: Trouble | null = null;

  constructor(private readonly options: SoftphoneOptions) {}

  get view(): SoftphoneView {
    return this.current;
  }

  /** Returns how to stop. */
  watch(watcher: () => void): () => void {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  }

  /** Places a call; without effect during one. What goes wrong is told by the view, so it never rejects. */
  async start(options: CallOptions = {}): Promise<void> {
    if (this.isBusy) return;
    const call = ++this.call;
    this.refusal = null;
    this.change({ ...IDLE, state: 'connecting', muted: this.current.muted });
    this.options.loudspeaker.clear('agent');
    this.options.loudspeaker.listen((name) => this.tell(call, { type: 'mark', name }));
    if (!(await this.open(call, options.microphoneId ?? null))) return;
    const { from, agent, parameters } = options;
    this.connect(call, { type: 'start', from, agent, parameters });
  }

  /** Hangs up, also while it still connects. */
  stop(): void {
    if (!this.isBusy) return;
    this.tell(this.call, { type: 'stop' });
    this.finish({ state: 'ended', reason: 'caller-hung-up' });
  }

  /** One key: 0-9, *, #, A-D. */
  press(digit: string): void {
    this.tell(this.call, { type: 'dtmf', digit });
  }

  setMuted(muted: boolean): void {
    if (this.microphone !== null) this.microphone.muted = muted;
    this.change({ muted });
  }

  /** Changes the microphone, also in a call; null is the system's own. The old one stays open where the new one is refused. */
  async useMicrophone(deviceId: string | null): Promise<void> {
    if (this.isBusy) await this.open(this.call, deviceId);
    else this.microphoneId = deviceId;
  }

  private get isBusy(): boolean {
    const { state } = this.current;
    return state === 'connecting' || state === 'ringing' || state === 'talking';
  }

  /** True: the microphone is open and the call still wanted. */
  private async open(call: number, deviceId: string | null): Promise<boolean> {
    let opened: Microphone | null = null;
    const isCurrent = () => this.call === call && this.isBusy;
    try {
      opened = await this.options.openMicrophone(deviceId ?? this.microphoneId, {
        onFrame: (frame) => {
          if (this.microphone === opened) this.speak(frame);
        },
        onLost: (error) => {
          if (this.microphone === opened && isCurrent()) this.lost(error);
        },
      });
    } catch (thrown) {
      if (isCurrent()) this.refused(microphoneError(thrown));
      return false;
    }
    if (!isCurrent()) {
      opened.close();
      return false;
    }
    this.microphone?.close();
    this.microphone = opened;
    this.microphoneId = deviceId ?? this.microphoneId;
    opened.muted = this.current.muted;
    this.change({ trouble: null });
    return true;
  }

  private refused(error: SoundError): void {
    const trouble = { code: error.code, message: error.message };
    if (this.current.state === 'connecting') this.finish({ state: 'failed', trouble });
    else this.change({ trouble });
  }

  /** The call goes on: the gateway puts silence, and another microphone may be chosen. */
  private lost(error: SoundError): void {
    this.microphone = null;
    this.change({ trouble: { code: error.code, message: error.message } });
  }

  private connect(call: number, start: ToGateway): void {
    let socket: WebSocket;
    try {
      socket = (this.options.connect ?? ((url) => new WebSocket(url)))(this.options.url);
    } catch {
      this.finish({ state: 'failed', trouble: UNREACHABLE });
      return;
    }
    socket.binaryType = 'arraybuffer';
    this.socket = socket;
    socket.onopen = () => {
      this.tell(call, start);
      this.change({ state: 'ringing' });
    };
    socket.onmessage = ({ data }: MessageEvent<string | ArrayBuffer>) => {
      if (typeof data === 'string') this.onText(data);
      else this.options.loudspeaker.push('agent', 'pcm16', AGENT_RATE, new Uint8Array(data));
    };
    socket.onclose = () => {
      const wasOpened = this.current.state !== 'connecting';
      const trouble = this.refusal ?? (this.current.state === 'talking' ? LINE_LOST : UNREACHABLE);
      this.finish({ state: 'failed', trouble });
      if (!wasOpened) void this.tellWhy(call);
    };
  }

  private async tellWhy(call: number): Promise<void> {
    const trouble = (await this.options.whyRefused?.()) ?? null;
    if (trouble !== null && this.call === call) this.change({ trouble });
  }

  private onText(json: string): void {
    const message = parseFromGateway(json);
    if (message !== null) this.follow(message);
  }

  private follow(message: FromGateway): void {
    const { loudspeaker, onNews } = this.options;
    switch (message.type) {
      case 'ready':
        this.refusal = null;
        this.change({ state: 'talking', callId: message.callId });
        break;
      case 'mark':
        loudspeaker.mark('agent', message.name);
        break;
      case 'clear':
        loudspeaker.clear('agent');
        break;
      case 'news':
        onNews?.(message);
        break;
      case 'error':
        this.refusal = { code: message.code, message: message.message };
        this.change({ trouble: this.refusal });
        break;
      case 'ended':
        this.ended(message.reason);
        break;
    }
  }

  private ended(reason: string): void {
    if (this.current.state === 'talking') this.finish({ state: 'ended', reason });
    else this.finish({ state: 'failed', reason, trouble: this.refusal ?? UNREACHABLE });
  }

  /** The agent's last words are heard to their end where it was the agent that hung up. */
  private finish(change: Partial<SoftphoneView>): void {
    const { socket, microphone } = this;
    this.socket = null;
    this.microphone = null;
    microphone?.close();
    if (socket !== null) {
      socket.onopen = null;
      socket.onmessage = null;
      socket.onclose = null;
      socket.close(NORMAL_CLOSURE);
    }
    if (change.reason !== 'agent-hung-up') this.options.loudspeaker.clear('agent');
    this.change(change);
  }

  private speak(frame: ArrayBuffer): void {
    const { socket } = this;
    const { state } = this.current;
    if (socket === null || (state !== 'ringing' && state !== 'talking')) return;
    if (socket.readyState === 1 && socket.bufferedAmount < MOST_BUFFERED_BYTES) socket.send(frame);
  }

  private tell(call: number, message: ToGateway): void {
    if (call === this.call && this.socket?.readyState === 1) this.socket.send(JSON.stringify(message));
  }

  private change(change: Partial<SoftphoneView>): void {
    this.current = { ...this.current, ...change };
    for (const watcher of this.watchers) watcher();
  }
}
