import { monitor } from './app.js';
import { Listener, Player, SILENCE_DBOV, SoundError } from './audio/index.js';
import { AudioOrder } from './store/audio-order.js';
import { Cell } from './store/cell.js';
import { deflection } from './store/level-board.js';
import type { AudioSpeaker, Speaker } from './store/protocol.js';

export interface CallAudioView {
  readonly caller: boolean;
  readonly agent: boolean;
  readonly problem: string | null;
}

const SILENT: CallAudioView = { caller: false, agent: false, problem: null };
const NAMES: Readonly<Record<Speaker, AudioSpeaker>> = { caller: 'Caller', agent: 'AI' };
/** Both speakers at once are told apart by where they come from. */
const PANS: Readonly<Record<Speaker, number>> = { caller: -0.8, agent: 0.8 };

/** The sound of one call in this browser's loudspeaker. */
export class CallAudio {
  readonly view = new Cell<CallAudioView>(SILENT);
  private readonly gains: Record<Speaker, number> = { caller: 1, agent: 1 };
  private player: Player | null = null;
  private order: AudioOrder | null = null;
  private closed = false;
  private opening: Promise<void> | null = null;

  constructor(private readonly callId: string) {}

  /** Call it in a click: browsers keep sound that nobody asked for silent. */
  async listen(speaker: Speaker, wanted: boolean): Promise<void> {
    this.change({ [speaker]: wanted, problem: null });
    try {
      this.opening ??= this.open();
      await this.opening;
    } catch (error) {
      this.opening = null;
      const problem = error instanceof SoundError ? error.message : 'The sound could not be started.';
      this.change({ caller: false, agent: false, problem });
      return;
    }
    if (this.closed) return;
    void this.player?.resume().catch(() => undefined);
    this.follow();
  }

  setVolume(speaker: Speaker, gain: number): void {
    this.gains[speaker] = gain;
    this.player?.setGain(speaker, gain);
  }

  /** 0 ... 1; of what is heard here. */
  level(speaker: Speaker): number {
    return deflection(this.player?.state[speaker].dbov ?? SILENCE_DBOV);
  }

  close(): void {
    this.closed = true;
    this.order?.close();
    void this.player?.close();
  }

  private async open(): Promise<void> {
    const player = await Player.open();
    if (this.closed) {
      await player.close();
      return;
    }
    const listener = new Listener(player);
    this.player = player;
    this.setVolume('caller', this.gains.caller);
    this.setVolume('agent', this.gains.agent);
    this.order = new AudioOrder(monitor, this.callId, {
      started: (message) => listener.started(message),
      frame: (bytes) => listener.frame(bytes),
      cut: (message) => listener.cut(message),
      ended: (message) => listener.ended(message),
      stop: () => listener.stop(),
      refused: (error) => this.change({ caller: false, agent: false, problem: error.message }),
    });
  }

  private follow(): void {
    const { caller, agent } = this.view.get();
    const speakers = (['caller', 'agent'] as const).filter((speaker) => this.view.get()[speaker]);
    const both = caller && agent;
    for (const speaker of speakers) this.player?.setPan(speaker, both ? PANS[speaker] : 0);
    this.order?.set(speakers.map((speaker) => NAMES[speaker]));
  }

  private change(change: Partial<CallAudioView>): void {
    this.view.set({ ...this.view.get(), ...change });
  }
}
