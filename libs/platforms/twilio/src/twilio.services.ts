import { join } from 'node:path';
import {
  asGatewayError,
  type Clock,
  type EndReason,
  type EventSink,
  GatewayError,
  type GatewaySite,
  type Log,
  type PlatformCapabilities,
  type TextTurns,
} from '#libs/contracts';
import { transferFailed } from './errors.js';
import type { TwilioConfig } from './twilio.config.js';
import { TwilioDialler } from './twilio.dialler.js';
import type { TwilioLeg } from './twilio.leg.js';
import { PLATFORM, twilioCapabilities } from './twilio.leg-info.js';
import type { LegServices } from './twilio.leg-services.js';
import { TwilioRecordings } from './twilio.recordings.js';
import { TwilioRest } from './twilio.rest.js';
import { isGone } from './twilio.rest-errors.js';
import { type TransferableLeg, Transfers } from './twilio.transfers.js';
import { TurnsDesk } from './twilio.turns.js';
import { TwilioUrls } from './twilio.urls.js';

export interface TwilioServicesParts {
  readonly config: TwilioConfig;
  readonly site: GatewaySite;
  readonly clock: Clock;
  readonly events: EventSink;
  readonly log: Log;
}

const DAY_MS = 86_400_000;
const END_AGAIN_MS = [1000, 5000, 20_000];

/** What is done about calls beside their streams: by REST, where the account and PUBLIC_URL are set. */
export class TwilioServices implements LegServices {
  readonly capabilities: PlatformCapabilities;
  readonly dialler: TwilioDialler | null;
  readonly transfers: Transfers | null;
  readonly turns: TurnsDesk;
  readonly recordings: TwilioRecordings | null;
  private readonly rest: TwilioRest | null;
  private readonly urls: TwilioUrls | null;
  private readonly legs = new Map<string, TwilioLeg>();
  private readonly log: Log;

  constructor(private readonly parts: TwilioServicesParts) {
    const { config, site, clock, events } = parts;
    this.log = parts.log.child({ platform: PLATFORM });
    const { log } = this;
    this.urls = site.publicUrl === null ? null : new TwilioUrls(site.publicUrl);
    this.rest = isRestReady(config, site) ? new TwilioRest(config) : null;
    this.capabilities = twilioCapabilities(this.rest !== null);
    this.turns = new TurnsDesk({ clock, log, config, urls: this.urls });
    const { rest, urls } = this;
    const remote = rest === null || urls === null ? null : { clock, log, rest, urls };
    this.dialler = remote && new TwilioDialler({ ...remote, fromNumber: config.fromNumber });
    this.transfers = remote && new Transfers({ ...remote, ...config });
    const folder = site.dataDir === undefined ? null : join(site.dataDir, 'recordings', PLATFORM);
    const { keepRecordingsForDays: days, recordCalls, maxRecordingBytes } = config;
    this.recordings =
      folder === null
        ? null
        : new TwilioRecordings({
            clock,
            log,
            events,
            folder,
            // Also where REST is not set up any more: what was fetched before is there all the same.
            rest,
            urls,
            mostBytes: maxRecordingBytes,
            keepAtMostMs: days === 0 ? null : days * DAY_MS,
            deleteAtTwilio: config.deleteRecordingsAtTwilio,
            asked: ({ info }) => {
              if (this.dialler?.findCall(info.platformCallId)?.order.recordAtPlatform) return 'order';
              return recordCalls ? 'settings' : null;
            },
            wallMs: Date.now,
          });
  }

  /** A call has its stream, for the first time or again. */
  onLeg(leg: TwilioLeg): void {
    this.legs.set(leg.callSid, leg);
    this.transfers?.cameBack(leg);
    this.dialler?.findCall(leg.callSid)?.legBegun();
  }

  legEnded(leg: TransferableLeg): void {
    if (this.legs.get(leg.callSid) === leg) this.legs.delete(leg.callSid);
    this.dialler?.findCall(leg.callSid)?.legEnded();
  }

  /** Twilio says that the call is over: everything that was kept for it is let go. */
  callOver(callSid: string): void {
    this.transfers?.callOver(callSid);
    this.turns.callOver(callSid);
    this.legs.get(callSid)?.callerHungUp();
  }

  transfer(leg: TransferableLeg, to: string): Promise<void> {
    if (leg.ended) return Promise.reject(transferFailed('its stream is over'));
    const leftMs = this.dialler?.findCall(leg.callSid)?.leftMs ?? null;
    if (this.transfers !== null) return this.transfers.start(leg, to, leftMs);
    return Promise.reject(
      new GatewayError('TWILIO_TRANSFER_UNSET', 'Calls cannot be transferred without the REST API.', {
        advice: 'Set TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN and PUBLIC_URL.',
      }),
    );
  }

  takeTurns(callSid: string, turns: TextTurns, announced: boolean, instead: () => void): boolean {
    const { rest, urls } = this;
    if (!announced && rest === null) return false;
    const path = this.turns.begin(callSid, turns);
    if (rest === null || urls === null) instead();
    else
      void rest.change(callSid, { url: urls.webhook(path) }).catch((error: GatewayError) => {
        this.log.warn({ callSid, code: error.code }, error.message);
        if (isGone(error)) this.turns.callOver(callSid);
        // Behind the stream Twilio asks for more TwiML, which is the same document.
        instead();
      });
    return true;
  }

  endTurns(callSid: string, reason: EndReason): void {
    if (reason === 'transferred') this.turns.callOver(callSid);
    else if (this.turns.stop(callSid)) this.hangUp(callSid);
  }

  hangUp(callSid: string): void {
    void this.endCall(callSid);
  }

  /** Never rejects. To end a call twice does no harm, and one that goes on costs money. */
  private async endCall(callSid: string, tries = 0): Promise<void> {
    try {
      await this.rest?.change(callSid, { status: 'completed' });
    } catch (thrown) {
      if (isGone(thrown)) return;
      const { code, message, advice } = asGatewayError(thrown, 'TWILIO_HANG_UP_FAILED', 'No answer');
      this.log.error({ callSid, code, advice }, `A call could not be ended. ${message}`);
      const againMs = END_AGAIN_MS[tries];
      if (againMs !== undefined) this.parts.clock.after(againMs, () => void this.endCall(callSid, tries + 1));
    }
  }

  async close(): Promise<void> {
    this.dialler?.close();
    this.transfers?.close();
    this.turns.close();
    await this.recordings?.close();
  }
}

/** Can the account's REST API be used, and can it call back? */
export function isRestReady(config: TwilioConfig, site: GatewaySite): boolean {
  return config.accountSid !== '' && config.authToken !== '' && site.publicUrl !== null;
}
