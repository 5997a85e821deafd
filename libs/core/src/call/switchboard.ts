import { createHmac, randomUUID } from 'node:crypto';
import type {
  AgentDirectory,
  CallAnnouncement,
  CallDesk,
  CallIntake,
  CallObserver,
  CallPlace,
  Cancel,
  Clock,
  LegInfo,
  LegListener,
  Log,
  PlatformLeg,
} from '#libs/contracts';
import { GatewayError } from '#libs/contracts';
import { callNotTaken, duplicateCall } from '../errors.js';
import { Announcements } from '../media/announcements.js';
import type { GatewayEventRouter } from '../routing/event-router.js';
import type { CallLimits } from './call-options.js';
import { CallSession } from './call-session.js';

export interface SwitchboardOptions {
  readonly agents: AgentDirectory;
  readonly observers: readonly CallObserver[];
  readonly events: GatewayEventRouter;
  readonly clock: Clock;
  readonly log: Log;
  readonly maxCalls: number;
  /** Makes callers' hashes irreversible; null: backends are told nothing of who calls. */
  readonly callerHashKey: string | null;
  readonly limits: CallLimits;
}

class Place implements CallPlace {
  private open = true;

  constructor(private readonly giveBack: () => void) {}

  release(): void {
    if (this.take()) this.giveBack();
  }

  /** The place now belongs to a call. False: it was released or taken before. */
  take(): boolean {
    const wasOpen = this.open;
    this.open = false;
    return wasOpen;
  }
}

/** Every call of this process: takes them in, finds them again, counts them against the limit, lets them end. */
export class Switchboard implements CallIntake {
  private readonly sessions = new Map<string, CallSession>();
  private readonly announcements = new Announcements();
  private taken = 0;
  private isDraining = false;
  private readonly stopTicking: Cancel;
  private whenEmpty: (() => void) | null = null;

  constructor(private readonly options: SwitchboardOptions) {
    this.stopTicking = options.clock.every(1000, () => {
      for (const session of this.sessions.values()) session.tick();
    });
  }

  get draining(): boolean {
    return this.isDraining;
  }

  get full(): boolean {
    return this.taken >= this.options.maxCalls;
  }

  hasCalls(platform: string): boolean {
    for (const session of this.sessions.values())
      if (session.info.platform === platform && !session.isOver) return true;
    return false;
  }

  /** Calls and places promised to calls. */
  get callCount(): number {
    return this.taken;
  }

  get calls(): readonly CallSession[] {
    return [...this.sessions.values()];
  }

  /** For operators. */
  get desk(): CallDesk {
    const { sessions } = this;
    const running = () => [...sessions.values()].filter(({ isOver }) => !isOver);
    return {
      get calls() {
        return running().map(({ control }) => control);
      },
      find: (callId) => running().find(({ id }) => id === callId)?.control ?? null,
    };
  }

  reserve(): CallPlace | null {
    if (!this.isDraining && !this.full) return this.takePlace();
    this.options.events.publish('call.refused', { reason: this.isDraining ? 'draining' : 'full' });
    return null;
  }

  announce(announcement: CallAnnouncement): boolean {
    const { info } = announcement;
    // Webhooks are repeated when the answer was lost on the way; the call is the same.
    if (this.find(info.platform, info.platformCallId)) return true;
    const place = this.reserve() as Place | null;
    if (place === null) return false;
    this.open(info, place).expectLeg(announcement);
    return true;
  }

  isAnnounced(platform: string, platformCallId: string): boolean {
    const session = this.find(platform, platformCallId);
    return session !== undefined && !session.hasLeg && session.state !== 'suspended';
  }

  withdraw(platform: string, platformCallId: string): void {
    if (this.isAnnounced(platform, platformCallId)) {
      this.find(platform, platformCallId)?.end('never-connected', null);
    }
  }

  offer(leg: PlatformLeg, place: CallPlace | null): LegListener {
    const { platform, platformCallId } = leg.info;
    const announced = this.find(platform, platformCallId);
    if (announced) {
      if (!this.isAnnounced(platform, platformCallId)) throw duplicateCall();
      place?.release();
      return announced.attach(leg);
    }
    if (!(place instanceof Place)) throw callNotTaken();
    return this.open(leg.info, place).attach(leg);
  }

  resume(leg: PlatformLeg): LegListener | null {
    const session = this.find(leg.info.platform, leg.info.platformCallId);
    if (session === undefined) return null;
    // The platform may come back before its old connection was noticed to be dead.
    if (session.hasLeg)
      session.legLost(new GatewayError('LEG_REPLACED', 'The platform came back on a new connection.'));
    // A platform that gives no time to come back has ended its call with that.
    return session.isOver ? null : session.attach(leg);
  }

  /** Takes no new calls, waits for the running ones, and ends those that are left at the deadline. */
  async drain(deadlineMs: number): Promise<void> {
    this.isDraining = true;
    const { clock, log } = this.options;
    // A place that was promised is a call on its way.
    if (!this.isEmpty) {
      log.info({ calls: this.taken, deadlineMs }, 'Draining: no new calls, running ones go on.');
      await new Promise<void>((resolve) => {
        const cancel = clock.after(deadlineMs, () => {
          for (const session of this.sessions.values()) session.end('gateway-draining', null);
        });
        this.whenEmpty = () => {
          cancel();
          resolve();
        };
      });
    }
  }

  close(): void {
    this.stopTicking();
    for (const session of this.sessions.values()) session.end('gateway-draining', null);
  }

  private find(platform: string, platformCallId: string): CallSession | undefined {
    const session = this.sessions.get(`${platform}:${platformCallId}`);
    return session?.isOver ? undefined : session;
  }

  private takePlace(): Place {
    this.taken++;
    return new Place(() => this.givePlaceBack());
  }

  private givePlaceBack(): void {
    this.taken--;
    this.tellIfEmpty();
  }

  private get isEmpty(): boolean {
    return this.taken === 0 && this.sessions.size === 0;
  }

  private tellIfEmpty(): void {
    if (this.isEmpty) this.whenEmpty?.();
  }

  private open(info: LegInfo, place: Place): CallSession {
    if (!place.take()) throw callNotTaken();
    const id = randomUUID();
    const key = `${info.platform}:${info.platformCallId}`;
    try {
      const session = new CallSession({
        ...this.options,
        id,
        info,
        agent: this.options.agents.choose(info),
        announcements: this.announcements,
        gateway: this.options.events,
        callerHash: this.hash(info.from),
        log: this.options.log.child({ callId: id, platform: info.platform }),
        onOver: () => this.givePlaceBack(),
        onEnded: () => this.forget(key, id),
      });
      this.sessions.set(key, session);
      return session;
    } catch (thrown) {
      this.givePlaceBack();
      throw thrown;
    }
  }

  private forget(key: string, id: string): void {
    if (this.sessions.get(key)?.id === id) this.sessions.delete(key);
    this.tellIfEmpty();
  }

  private hash(from: string | null): string | null {
    const { callerHashKey } = this.options;
    if (callerHashKey === null || from === null) return null;
    return createHmac('sha256', callerHashKey).update(from).digest('hex').slice(0, 32);
  }
}
