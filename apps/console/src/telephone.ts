import { session, socketUrl } from './app.js';
import { Capture, Player, SILENCE_DBOV, Softphone, type SoftphoneView, SoundError } from './audio/index.js';
import { Cell } from './store/cell.js';
import { deflection } from './store/level-board.js';
import { lineTrouble } from './store/line-trouble.js';
import type { Speaker } from './store/protocol.js';

export interface TelephoneView {
  readonly phone: SoftphoneView;
  /** By this browser's time of day. */
  readonly answeredAt: number | null;
  readonly canChooseOutput: boolean;
}

const IDLE: SoftphoneView = { state: 'idle', callId: null, reason: null, trouble: null, muted: false };

/** The softphone with this browser's microphone and loudspeaker, which are opened by the first call. */
export class Telephone {
  readonly view = new Cell<TelephoneView>({ phone: IDLE, answeredAt: null, canChooseOutput: false });
  private player: Player | null = null;
  private softphone: Softphone | null = null;
  private microphone: Capture | null = null;
  private microphoneId: string | null = null;
  private closed = false;
  private opening: Promise<Softphone | null> | null = null;

  /** Call it in a click: browsers keep sound that nobody asked for silent. Null is the agent that answers such a call. */
  async call(agent: string | null): Promise<void> {
    this.show({ ...this.view.get().phone, state: 'connecting', trouble: null });
    try {
      this.opening ??= this.open();
      const softphone = await this.opening;
      if (softphone === null || this.view.get().phone.state !== 'connecting') return;
      void this.player?.resume().catch(() => undefined);
      await softphone.start({
        from: 'console',
        microphoneId: this.microphoneId,
        ...(agent === null ? {} : { agent }),
      });
    } catch (error) {
      this.opening = null;
      const message = error instanceof SoundError ? error.message : 'The sound could not be started.';
      this.show({ ...IDLE, state: 'failed', trouble: { code: 'sound', message } });
    }
  }

  hangUp(): void {
    if (this.softphone === null) this.show(IDLE);
    else this.softphone.stop();
  }

  press(digit: string): void {
    this.softphone?.press(digit);
  }

  setMuted(muted: boolean): void {
    this.softphone?.setMuted(muted);
  }

  async chooseMicrophone(deviceId: string | null): Promise<void> {
    this.microphoneId = deviceId;
    // biome-ignore lint/correctness/useHookAtTopLevel: it is a method of the softphone, not a hook.
    await this.softphone?.useMicrophone(deviceId);
  }

  async chooseLoudspeaker(deviceId: string): Promise<void> {
    await this.player?.setOutput(deviceId).catch(() => undefined);
  }

  /** 0 ... 1: the microphone for the caller, the loudspeaker for the agent. */
  level(speaker: Speaker): number {
    const dbov = speaker === 'caller' ? this.microphone?.dbov : this.player?.state.agent.dbov;
    return deflection(dbov ?? SILENCE_DBOV);
  }

  close(): void {
    this.closed = true;
    this.softphone?.stop();
    void this.player?.close();
  }

  /** Null: the page was left meanwhile, and nothing is open any more. */
  private async open(): Promise<Softphone | null> {
    const player = await Player.open();
    if (this.closed) {
      await player.close();
      return null;
    }
    const softphone = new Softphone({
      url: socketUrl('browser'),
      loudspeaker: player,
      whyRefused: async () => {
        await session.ask().catch(() => false);
        return lineTrouble((path) => fetch(path, { cache: 'no-store' }));
      },
      openMicrophone: async (deviceId, listener) => {
        this.microphone = await Capture.open(deviceId, listener);
        return this.microphone;
      },
    });
    this.player = player;
    this.softphone = softphone;
    softphone.watch(() => this.show(softphone.view));
    return softphone;
  }

  private show(phone: SoftphoneView): void {
    const before = this.view.get();
    const isNew = phone.state === 'talking' && before.phone.state !== 'talking';
    this.view.set({
      phone,
      answeredAt: isNew ? Date.now() : before.answeredAt,
      canChooseOutput: this.player?.canChooseOutput ?? false,
    });
  }
}
