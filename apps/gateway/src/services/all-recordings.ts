import type {
  CallArchive,
  CallDesk,
  CallObserver,
  CallView,
  LegInfo,
  OpenRecording,
  PlatformAdapter,
  Recordings,
  RecoveredRecording,
} from '#libs/contracts';

export interface AllRecordingsParts {
  /** Null: no recorder is loaded. */
  readonly own: () => Recordings | null;
  readonly adapters: () => readonly PlatformAdapter[];
  readonly calls: Pick<CallDesk, 'find'>;
  readonly archive: Pick<CallArchive, 'find'>;
}

type Range = { readonly start: number; readonly end: number };

/**
 * The gateway's recordings and those that platforms make beside it: listened to are the gateway's alone, paused and deleted are both.
 * As an observer it shows platforms that record their calls.
 */
export class AllRecordings implements Recordings, CallObserver {
  readonly name = 'platform-recordings';

  constructor(private readonly parts: AllRecordingsParts) {}

  /** A recorder is loaded. */
  get hasOwn(): boolean {
    return this.parts.own() !== null;
  }

  /** Somebody may record calls. */
  get areMade(): boolean {
    return this.hasOwn || this.parts.adapters().some(({ recordings }) => recordings != null);
  }

  onCall(call: CallView): void {
    this.platformOf(call.info)?.onCall(call);
  }

  async open(callId: string, range?: Range): Promise<OpenRecording | null> {
    return (await this.parts.own()?.open(callId, range)) ?? null;
  }

  async size(callId: string): Promise<number | null> {
    return (await this.parts.own()?.size(callId)) ?? null;
  }

  /** False: the gateway itself had none, of which alone the call's record tells. Rejects as `removeBoth`. */
  async remove(callId: string): Promise<boolean> {
    return (await this.removeBoth(callId)).own;
  }

  /**
   * Whether the gateway had a recording, and the platform. Rejects also with STORE_AWAY: which call of the platform it was stands in
   * its record.
   */
  async removeBoth(callId: string): Promise<{ readonly own: boolean; readonly theirs: boolean }> {
    const info = this.parts.calls.find(callId)?.view.info ?? (await this.parts.archive.find(callId));
    const own = (await this.parts.own()?.remove(callId)) ?? false;
    // It is still being finished; nothing is deleted by halves.
    if (!own && (await this.size(callId)) !== null) return { own, theirs: false };
    const platform = info === null ? null : this.platformOf(info);
    const theirs = (await platform?.remove(info!.platformCallId)) ?? false;
    return { own, theirs };
  }

  isRunning(callId: string): boolean {
    if (this.parts.own()?.isRunning(callId)) return true;
    return this.areMade && (this.parts.calls.find(callId)?.view.agent.recording ?? null) !== null;
  }

  pause(callId: string, by: string): boolean {
    const own = this.parts.own()?.pause(callId, by) ?? false;
    const info = this.parts.calls.find(callId)?.view.info;
    const theirs = info !== undefined && (this.platformOf(info)?.pause(info.platformCallId) ?? false);
    return own || theirs;
  }

  resume(callId: string, by: string): boolean {
    const own = this.parts.own()?.resume(callId, by) ?? false;
    const info = this.parts.calls.find(callId)?.view.info;
    const theirs = info !== undefined && (this.platformOf(info)?.resume(info.platformCallId) ?? false);
    return own || theirs;
  }

  onRecovered(listener: (found: RecoveredRecording) => void): void {
    this.parts.own()?.onRecovered?.(listener);
  }

  private platformOf({ platform }: Pick<LegInfo, 'platform'>) {
    return this.parts.adapters().find(({ name }) => name === platform)?.recordings ?? null;
  }
}
