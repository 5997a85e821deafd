import type { RawData, WebSocket } from 'ws';
import {
  asGatewayError,
  type CallIntake,
  type Cancel,
  type EventRouter,
  type GatewayError,
  type LegInfo,
  type LegListener,
  type PlatformCapabilities,
} from '#libs/contracts';
import { audioFormats, type UsableFormats, usableFormats } from './audiocodes.formats.js';
import { AudioCodesLeg, type LegSurroundings } from './audiocodes.leg.js';
import {
  CONNECTION_VALIDATED,
  type Initiate,
  parseMessage,
  readConversationId,
  readInitiate,
  sessionError,
  type VaicMessage,
} from './audiocodes.messages.js';
import { boundedTexts } from './call-details.js';
import { Conversation, type Conversations } from './conversation.js';
import { errors } from './errors.js';
import { Faults } from './faults.js';

/** What every socket of this platform shares. */
export interface Reception extends LegSurroundings {
  readonly intake: CallIntake;
  readonly conversations: Conversations;
  readonly events: Pick<EventRouter, 'publish'>;
  readonly platform: string;
  readonly capabilities: PlatformCapabilities;
}

/** What VoiceAI Connect writes to its log, where our own text says too much or too little. */
const REASONS: Readonly<Record<string, string>> = {
  AUDIOCODES_BUSY: 'busy',
  AUDIOCODES_NO_FORMAT: 'no common media format',
  AUDIOCODES_RESUME_UNKNOWN: 'conversation not found',
};

/**
 * A socket before it belongs to a call: it is checked (section 2.5), begins a call or resumes one, in good time. A call takes its
 * place when it is initiated, so that checks and resumed sockets take none.
 */
export class Handshake {
  private readonly faults: Faults;
  private readonly onMessage = (data: RawData) => this.hear(data);
  private cancelTimeout: Cancel | null = null;

  constructor(
    private readonly client: WebSocket,
    /** The query of the bot URL: settings that the administrator gives along with each call. */
    private readonly query: URLSearchParams,
    private readonly reception: Reception,
  ) {
    this.faults = new Faults((error) => this.report(error, false));
    client.on('message', this.onMessage);
    client.on('close', () => this.cancelTimeout?.());
    client.on('error', (error) => this.reception.log.debug({ cause: error.message }, 'A socket failed'));
    this.expectMore();
  }

  private hear(data: RawData): void {
    // A Buffer, as it is `ws`'s default. JSON in a binary frame is taken like text.
    const message = parseMessage((data as Buffer).toString());
    try {
      if (message === null) this.bad();
      else this.follow(message);
    } catch (thrown) {
      this.refuse(asGatewayError(thrown, 'AUDIOCODES_OFFER_FAILED', 'The call could not be begun'), message);
    }
  }

  private follow(message: VaicMessage): void {
    switch (message.type) {
      case 'connection.validate':
        this.client.send(CONNECTION_VALIDATED);
        this.expectMore();
        break;
      case 'session.initiate':
        this.initiate(message);
        break;
      case 'session.resume':
        this.resume(message);
        break;
      default:
        this.faults.odd(errors.outOfOrder(message.type.slice(0, 64)));
    }
  }

  private initiate(message: VaicMessage): void {
    const request = readInitiate(message);
    if (request === null) throw errors.noConversationId();
    if (!request.expectAudioMessages) throw errors.textOnly();
    const { intake, conversations, config } = this.reception;
    const formats = usableFormats(request.supportedMediaFormats, config);
    if (formats.caller.length === 0 || formats.agent.length === 0) throw errors.noFormat();
    const place = intake.reserve();
    if (place === null) throw errors.busy();

    const conversation = new Conversation(this.infoOf(request, formats), formats, conversations);
    const leg = this.legOf(conversation, false);
    try {
      const listener = intake.offer(leg, place);
      conversations.add(conversation);
      this.handOver(leg, listener);
    } catch (thrown) {
      place.release();
      throw thrown;
    }
  }

  private resume(message: VaicMessage): void {
    const id = readConversationId(message);
    if (id === null) throw errors.noConversationId();
    const conversation = this.reception.conversations.find(id);
    if (conversation === null) throw errors.resumeUnknown();
    conversation.dropLeg();
    const leg = this.legOf(conversation, true);
    const listener = this.reception.intake.resume(leg);
    if (listener === null) {
      conversation.ended();
      throw errors.resumeUnknown();
    }
    conversation.resumed();
    this.handOver(leg, listener);
  }

  private legOf(conversation: Conversation, resumed: boolean): AudioCodesLeg {
    const { config, clock, log } = this.reception;
    const surroundings = { config, clock, log: log.child({ platformCallId: conversation.id }) };
    return new AudioCodesLeg(this.client, conversation, resumed, surroundings);
  }

  /** From here on the leg listens to the socket. */
  private handOver(leg: AudioCodesLeg, listener: LegListener): void {
    this.silence();
    leg.attach(listener);
  }

  private bad(): void {
    if (this.faults.bad(errors.malformed())) throw errors.tooManyBad(Faults.maxBadInARow);
  }

  private infoOf(request: Initiate, formats: UsableFormats): LegInfo {
    const named: [string, string][] = request.botName === null ? [] : [['botName', request.botName]];
    const agent = this.query.get('agent');
    return {
      platform: this.reception.platform,
      platformCallId: request.conversationId,
      direction: 'inbound',
      from: request.caller,
      to: null,
      callerFormats: audioFormats(formats.caller),
      agentFormats: audioFormats(formats.agent),
      parameters: boundedTexts([...named, ...this.query]),
      ...(request.botName !== null && { botName: request.botName }),
      // Who writes the bot URL runs the bot.
      ...(agent !== null && agent !== '' && { agent }),
      capabilities: this.reception.capabilities,
    };
  }

  private expectMore(): void {
    const { clock, config } = this.reception;
    // One time for all: checks of the connection do not earn a socket more of it.
    this.cancelTimeout ??= clock.after(config.firstMessageTimeoutMs, () => {
      this.report(errors.noSession(config.firstMessageTimeoutMs), true);
      this.silence();
      this.client.close(1000);
    });
  }

  private refuse(error: GatewayError, message: VaicMessage | null): void {
    this.report(error, true);
    const conversationId = message === null ? null : readConversationId(message);
    this.client.send(sessionError(REASONS[error.code] ?? error.message, conversationId));
    this.silence();
    this.client.close(1000);
  }

  private silence(): void {
    this.cancelTimeout?.();
    this.client.off('message', this.onMessage);
  }

  private report(error: GatewayError, fatal: boolean): void {
    const { log, events, platform } = this.reception;
    log.warn({ code: error.code, advice: error.advice }, error.message);
    events.publish('platform.failed', { platform, code: error.code, fatal });
  }
}
