import { silence } from '#libs/audio';
import type { Clock } from '#libs/contracts';
import { type AnswerPart, type AnswerScript, type Prompt, partsOf } from './answers.js';
import type { Conversation } from './conversation.js';
import type { Faults } from './faults.js';
import { newId } from './ids.js';
import type { SimItem } from './items.js';
import { type Mishap, sendNonsense, takeMishap } from './mishap.js';
import type { Fields, Outbox } from './outbox.js';
import type { Pacer } from './pacer.js';
import { Refused } from './refusal.js';
import { type Reading, type ResponseRequest, readingOf } from './response-request.js';
import { type ResponsePlan, type ResponseStatus, ResponseStream } from './response-stream.js';
import { audioFormatOf, type SessionConfig } from './session-config.js';
import type { SoundRoom } from './sounds.js';
import type { Unanswered } from './unanswered.js';
import { UsageMeter } from './usage.js';

/** The truth about one response. Times on the simulator's clock; null until it got there. */
export interface SimResponse {
  readonly id: string;
  readonly reason: Prompt['reason'];
  readonly outOfBand: boolean;
  readonly metadata: Readonly<Record<string, string>> | null;
  readonly createdAtMs: number;
  firstSoundAtMs: number | null;
  doneAtMs: number | null;
  status: ResponseStatus;
  readonly items: readonly SimItem[];
  usage: Fields | null;
}

/** What a response needs of its session and its simulator. */
export interface ResponseSetting {
  readonly outbox: Outbox;
  readonly clock: Clock;
  readonly conversation: Conversation;
  readonly faults: Faults;
  readonly pacer: Pacer;
  readonly room: SoundRoom;
  readonly script: AnswerScript;
  readonly speed: number;
  readonly thinkMs: number;
  readonly keepSound: boolean;
  readonly obfuscation: () => string | null;
  readonly config: () => SessionConfig;
}

export interface ResponseListener {
  onMishap(mishap: Mishap): void;
  /** A response of the default conversation has ended; so much sound of it is still to be played. */
  onDone(response: SimResponse, audioMs: number): void;
}

/** One response on its way: what was asked, what is made of it, and the truth about it. */
interface Running {
  readonly stream: ResponseStream;
  readonly truth: SimResponse;
  readonly request: ResponseRequest;
  readonly reading: Reading;
  mishap: Mishap | null;
}

const KEPT = 500;
const TOKENS_A_MINUTE = 200_000;

/** The responses of one session: at most one in the default conversation, any number out of band beside it. */
export class Responses {
  readonly responses: SimResponse[] = [];
  /** The session has made a sound: its voice is locked. */
  spoken = false;
  private active: Running | null = null;
  private readonly outOfBand = new Set<Running>();
  private readonly meter = new UsageMeter();
  private remainingTokens = TOKENS_A_MINUTE;

  constructor(
    private readonly unanswered: Unanswered,
    private readonly setting: ResponseSetting,
    private readonly listener: ResponseListener,
  ) {}

  get isActive(): boolean {
    return this.active !== null;
  }

  /** `response.create`, or what the server starts by itself at the end of a turn. */
  create(request: ResponseRequest, reason: Prompt['reason']): void {
    const { faults, outbox, clock, pacer, room, conversation, config } = this.setting;
    const outOfBand = request.conversation === 'none';
    if (!outOfBand && this.active !== null) {
      throw new Refused(
        'conversation_already_has_active_response',
        `Conversation already has an active response in progress: ${this.active.truth.id}. Wait until the response is finished before creating a new one.`,
      );
    }
    const reading = readingOf(request, config(), conversation, this.spoken);
    const stray = faults.takeText('stray');
    if (stray !== null)
      outbox.error({ code: stray, message: `An error: ${stray}.`, param: null }, null, 'server_error');
    if (faults.take('nonsense') !== null) sendNonsense(outbox);
    if (faults.take('silent-response') !== null) return;
    const plan = this.planOf(request, reason, outOfBand);
    const stream = new ResponseStream(
      plan,
      outbox,
      room,
      clock,
      () => this.onSound(running),
      () => this.finish(running),
    );
    const running: Running = {
      stream,
      truth: {
        id: plan.id,
        reason,
        outOfBand,
        metadata: request.metadata ?? null,
        createdAtMs: clock.nowMs(),
        firstSoundAtMs: null,
        doneAtMs: null,
        status: 'in_progress',
        items: stream.items,
        usage: null,
      },
      request,
      reading,
      mishap: takeMishap(faults),
    };
    if (outOfBand) this.outOfBand.add(running);
    else this.active = running;
    this.responses.push(running.truth);
    if (this.responses.length > KEPT) this.responses.shift();
    outbox.emit('response.created', { response: this.wire(running) });
    pacer.start(stream.step);
  }

  /** `response.cancel`. */
  cancel(responseId: string | undefined): void {
    const target =
      responseId === undefined || responseId === this.active?.truth.id
        ? this.active
        : [...this.outOfBand].find((running) => running.truth.id === responseId);
    if (target == null) {
      throw new Refused('response_cancel_not_active', 'Cancellation failed: no active response found.');
    }
    this.stop(target, 'client_cancelled');
  }

  /** The caller speaks. */
  interrupt(): void {
    if (this.active !== null) this.stop(this.active, 'turn_detected');
  }

  /** The connection is gone or dead: nothing more is made, nothing more is said. */
  abandon(): void {
    for (const running of [...this.outOfBand, ...(this.active === null ? [] : [this.active])]) {
      running.stream.abandon();
      this.setting.pacer.stop(running.stream.step);
    }
    this.outOfBand.clear();
    this.active = null;
  }

  private stop(running: Running, reason: 'turn_detected' | 'client_cancelled'): void {
    const { outbox, pacer, faults } = this.setting;
    pacer.stop(running.stream.step);
    running.stream.cancel(reason);
    const item = running.truth.items.at(-1);
    const late = item?.isAgentSound === true ? faults.takeNumber('late-deltas') : null;
    for (let i = 0; i < (late ?? 0); i++) {
      const place = { response_id: running.truth.id, item_id: item!.id, output_index: 0, content_index: 0 };
      outbox.audioDelta(place, Buffer.from(silence(item!.format!, 20)).toString('base64'));
    }
  }

  private onSound(running: Running): void {
    this.spoken = true;
    running.truth.firstSoundAtMs ??= this.setting.clock.nowMs();
    if (running.mishap !== null && running.stream.audioMs >= running.mishap.afterMs) this.strike(running);
  }

  private strike(running: Running): void {
    const { mishap } = running;
    running.mishap = null;
    this.listener.onMishap(mishap!);
  }

  private finish(running: Running): void {
    const { stream, truth } = running;
    const { outbox, clock } = this.setting;
    if (running.mishap !== null && stream.status !== 'cancelled') {
      this.strike(running);
      return;
    }
    if (running === this.active) this.active = null;
    this.outOfBand.delete(running);
    truth.status = stream.status;
    truth.doneAtMs = clock.nowMs();
    if (stream.status !== 'failed')
      truth.usage = this.meter.measure(running.reading.tokens, stream.tokens, running.reading.cacheKey);
    outbox.emit('response.done', { response: this.wire(running) });
    this.remainingTokens -= Number(truth.usage?.total_tokens ?? 0);
    if (this.remainingTokens < 0) this.remainingTokens = TOKENS_A_MINUTE;
    const reset_seconds =
      Math.round((TOKENS_A_MINUTE - this.remainingTokens) * (60_000 / TOKENS_A_MINUTE)) / 1000;
    outbox.emit('rate_limits.updated', {
      rate_limits: [
        { name: 'tokens', limit: TOKENS_A_MINUTE, remaining: this.remainingTokens, reset_seconds },
      ],
    });
    if (!truth.outOfBand) this.listener.onDone(truth, stream.audioMs);
  }

  private planOf(request: ResponseRequest, reason: Prompt['reason'], outOfBand: boolean): ResponsePlan {
    const { speed, thinkMs, keepSound, obfuscation, conversation, config } = this.setting;
    const session = config();
    const limit = request.max_output_tokens ?? session.max_output_tokens;
    return {
      id: newId('resp'),
      conversation: outOfBand ? null : conversation,
      parts: this.answer(this.unanswered.prompt(request, session, reason)),
      modality: (request.output_modalities ?? session.output_modalities)[0],
      format: audioFormatOf(request.audio?.output?.format ?? session.audio.output.format),
      tokenLimit: limit === 'inf' ? Number.POSITIVE_INFINITY : limit,
      thinkMs,
      speed,
      keepSound,
      obfuscation,
    };
  }

  private answer(prompt: Prompt): readonly AnswerPart[] {
    const { faults, script } = this.setting;
    const failure = faults.takeText('fail-response');
    if (failure !== null) return [{ fail: failure }];
    const parts = partsOf(script(prompt));
    const stranger = parts.find((part) => 'call' in part && !prompt.toolNames.includes(part.call));
    if (stranger !== undefined) {
      const message = `The script calls a function that may not be called: ${JSON.stringify(stranger)}.`;
      return [{ fail: 'server_error', message }];
    }
    const cutAs = faults.takeText('incomplete-response');
    if (cutAs === null) return parts;
    return [...parts.slice(0, 1), { incomplete: cutAs === 'max_output_tokens' ? cutAs : 'content_filter' }];
  }

  private wire(running: Running): Fields {
    const { stream, truth, request } = running;
    const session = this.setting.config();
    const { format, voice } = session.audio.output;
    return {
      object: 'realtime.response',
      id: truth.id,
      status: stream.status,
      status_details: stream.statusDetails,
      output: stream.items.map((item) => item.wire()),
      conversation_id: truth.outOfBand ? null : this.setting.conversation.id,
      output_modalities: request.output_modalities ?? session.output_modalities,
      max_output_tokens: request.max_output_tokens ?? session.max_output_tokens,
      audio: {
        output: {
          format: request.audio?.output?.format ?? format,
          voice: request.audio?.output?.voice ?? voice,
        },
      },
      usage: truth.usage,
      metadata: truth.metadata,
    };
  }
}
