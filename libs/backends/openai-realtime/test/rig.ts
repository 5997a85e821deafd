import type { AgentSettings, AiSession, Clock, Log } from '#libs/contracts';
import { CapturedLog, ManualClock } from '#libs/testing';
import { OpenAiRealtimeBackend } from '../src/openai-realtime.backend.js';
import type { OpenAiRealtimeConfig } from '../src/openai-realtime.config.js';
import { CallEar } from './call-ear.js';
import { callOptions, configWith, LOOKUP } from './call-options.js';
import { type Event, type Peer, ScriptedServer, type ServerScript } from './scripted-server.js';

function unixMs(clock: Clock): number {
  return 1_800_000_000_000 + clock.nowMs();
}

/** One call whose server does what the spec says. */
export class Rig<C extends Clock> {
  readonly ear = new CallEar();
  readonly abort = new AbortController();
  session!: AiSession;
  peer!: Peer;
  private synced = 0;

  constructor(
    readonly server: ScriptedServer,
    readonly clock: C,
    readonly log: Log,
  ) {}

  /** By a clock that the spec turns. */
  static async manual(script: ServerScript = {}, log: Log = new CapturedLog()): Promise<Rig<ManualClock>> {
    const clock = new ManualClock();
    const server = await ScriptedServer.start({ unixMs: () => unixMs(clock), ...script });
    return new Rig(server, clock, log);
  }

  /** Leaves nothing behind, no timer either, or does not resolve. Returns what was wrong with the events that were sent. */
  async end(this: Rig<ManualClock>): Promise<string[]> {
    this.session?.close();
    for (const peer of this.server.peers) await peer.gone();
    await this.server.until(() => this.server.openSockets === 0);
    while (this.clock.pending > 0) await new Promise(setImmediate);
    return await this.server.close();
  }

  async connect(
    settings: Partial<OpenAiRealtimeConfig> = {},
    agent: Partial<AgentSettings> = {},
  ): Promise<void> {
    const config = configWith(this.server.url, settings);
    const options = callOptions({ config, clock: this.clock, log: this.log, agent, tools: [LOOKUP] });
    const backend = new OpenAiRealtimeBackend(config, undefined, () => this.unixMs());
    this.session = await backend.connect(options, this.ear, this.abort.signal);
    this.ear.session = this.session;
    this.peer = await this.server.peer();
  }

  unixMs(): number {
    return unixMs(this.clock);
  }

  /** The server says this, and it has arrived. */
  async says(...events: object[]): Promise<void> {
    for (const event of events) this.peer.send(event);
    await this.settled();
  }

  /** Everything that the server said has been read, and everything that was answered has come back. */
  async settled(): Promise<void> {
    const error = { type: 'fence', code: 'fence', message: '', param: null, event_id: null };
    this.peer.send({ type: 'error', error });
    this.synced += 1;
    await this.ear.told('fault OPENAI_REQUEST_REFUSED', this.synced);
    await this.heardByServer();
  }

  /** Everything that the session has sent has arrived. */
  private async heardByServer(): Promise<void> {
    const ping = new Promise((resolve) => this.peer.socket.once('pong', resolve));
    this.peer.socket.ping();
    await ping;
  }

  sent(): string[] {
    return this.peer.received.map((event) => event.type).filter((type) => type !== 'session.update');
  }

  of(type: string): Event[] {
    return this.peer.ofType(type);
  }
}
