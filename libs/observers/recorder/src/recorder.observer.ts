import { join } from 'node:path';
import type { CallObserver, CallView, Clock, Log, PluginHost, SetupEntry } from '#libs/contracts';
import { Bucket } from './bucket.js';
import { CallRecorder } from './call-recorder.js';
import { Deliveries } from './deliveries.js';
import { Keeper } from './keeper.js';
import type { RecorderConfig } from './recorder.config.js';
import { RecordingArchive } from './recording-archive.js';
import { Shelf } from './shelf.js';

/** Records the calls of those agents that ask for it. */
export class RecorderObserver implements CallObserver {
  readonly name = 'recorder';
  readonly archive: RecordingArchive;
  readonly keeper: Keeper;
  private readonly shelf: Shelf;
  private readonly bucket: Bucket | null;
  private readonly deliveries: Deliveries | null;
  private readonly clock: Clock;
  private readonly log: Log;

  constructor(
    private readonly config: RecorderConfig,
    { clock, log, dataDir }: Pick<PluginHost, 'clock' | 'log' | 'dataDir'>,
    private readonly wallMs: () => number = Date.now,
  ) {
    this.clock = clock;
    this.log = log;
    this.shelf = new Shelf(config.folder ?? join(dataDir, 'recordings'));
    this.bucket = config.s3Bucket === null ? null : new Bucket(config.s3Bucket, config);
    this.deliveries = this.bucket === null ? null : new Deliveries(this.shelf, this.bucket, clock, log);
    this.archive = new RecordingArchive(this.shelf, this.bucket, this.deliveries);
    this.keeper = new Keeper({
      shelf: this.shelf,
      clock,
      log,
      wallMs,
      isRunning: (callId) => this.archive.running.has(callId),
      onSaved: (slot) => this.deliveries?.add(slot),
      remove: (slot) => this.archive.removeFrom(slot),
    });
    this.archive.keeper = this.keeper;
  }

  /** Recordings that wait for the bucket. */
  get undelivered(): number {
    return this.deliveries?.pending ?? 0;
  }

  onCall(call: CallView): (() => Promise<void>) | void {
    const policy = call.agent.recording;
    if (policy === null) return;
    const { shelf, clock, log, wallMs } = this;
    const { highestSampleRate } = this.config;
    const recorder = new CallRecorder({ call, policy, clock, log, shelf, highestSampleRate, wallMs });
    this.archive.running.set(call.id, recorder);
    return async () => {
      try {
        if ((await recorder.finish()) !== null) this.deliveries?.add(recorder.slot);
      } finally {
        this.archive.running.delete(call.id);
      }
    };
  }

  setup(): readonly SetupEntry[] {
    const { folder } = this.shelf;
    const where =
      this.bucket === null
        ? `go to ${folder}`
        : `go to the bucket ${this.bucket.name}, and wait in ${folder} until they are there`;
    return [
      {
        title: 'Recordings',
        state: 'ready',
        lines: [`calls of agents that have \`recording\` set ${where}`],
      },
    ];
  }
}
