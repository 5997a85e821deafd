import { type AiUsage, TOKEN_KINDS, type TokenKind } from '#libs/contracts';
import { amount, text, type Wire, wire } from './server-objects.js';

/** US dollars for a million tokens of each kind; a kind that is not listed is not for sale. */
export type TokenPrices = Readonly<Partial<Record<TokenKind, number>>>;

/** From OpenAI's model and pricing pages. Whoever bills by it checks them again. */
export const PRICES_EFFECTIVE = '2026-11-21';

const tokens = (
  text: readonly [number, number, number],
  audio: readonly [number, number, number],
  image?: readonly [number, number],
): TokenPrices => ({
  text_in: text[0],
  text_cached: text[1],
  text_out: text[2],
  audio_in: audio[0],
  audio_cached: audio[1],
  audio_out: audio[2],
  ...(image === undefined ? {} : { image_in: image[0], image_cached: image[1] }),
});

const textTokens = (input: number, cached: number, output: number): TokenPrices => ({
  text_in: input,
  text_cached: cached,
  text_out: output,
});

const REALTIME_2 = tokens([4, 0.4, 24], [32, 0.4, 64], [5, 0.5]);
const REALTIME_1 = tokens([4, 0.4, 16], [32, 0.4, 64], [5, 0.5]);
const MINI = tokens([0.6, 0.06, 2.4], [10, 0.3, 20], [0.8, 0.08]);

const MODEL_PRICES: Readonly<Record<string, TokenPrices>> = {
  'gpt-realtime-2.1': REALTIME_2,
  'gpt-realtime-2': REALTIME_2,
  'gpt-realtime-1.5': REALTIME_1,
  'gpt-realtime': REALTIME_1,
  'gpt-realtime-2.1-mini': MINI,
  'gpt-realtime-mini': MINI,
  'gpt-4o-realtime-preview-2024-12-17': tokens([5, 2.5, 20], [40, 2.5, 80]),
  'gpt-4o-mini-realtime-preview': tokens([0.6, 0.3, 2.4], [10, 0.3, 20]),
  'gpt-4.1': textTokens(2, 0.5, 8),
  'gpt-4.1-mini': textTokens(0.4, 0.1, 1.6),
  'gpt-4.1-nano': textTokens(0.1, 0.025, 0.4),
};

const NONE = Object.fromEntries(TOKEN_KINDS.map((kind) => [kind, 0])) as Readonly<Record<TokenKind, number>>;

/** Where the vendor reports tokens and sells minutes: one token is 100 ms of the caller. */
const AUDIO_TOKENS_PER_MINUTE = 600;

interface TranscriptionPrice {
  readonly perMinute: number;
  /** Million tokens in and out, where the model is sold that way. */
  readonly perMillion?: readonly [number, number];
}

const TRANSCRIPTION_PRICES: Readonly<Record<string, TranscriptionPrice>> = {
  'gpt-transcribe': { perMinute: 0.0045 },
  'gpt-live-transcribe': { perMinute: 0.017 },
  'gpt-realtime-whisper': { perMinute: 0.017 },
  'gpt-4o-transcribe': { perMinute: 0.006, perMillion: [2.5, 10] },
  'gpt-4o-mini-transcribe': { perMinute: 0.003, perMillion: [1.25, 5] },
  'whisper-1': { perMinute: 0.006 },
};

/** Counts what responses and transcriptions used. The kinds do not overlap: `text_in` leaves out `text_cached`. */
export class PriceList {
  /** `own` wins over the built-in table: for other contracts, other models, deployments with names of their own. */
  constructor(private readonly own: Readonly<Record<string, TokenPrices>> = {}) {}

  /** False: the cost of this model's responses is not known. */
  knows(model: string): boolean {
    return this.modelPrices(model) !== null;
  }

  /** Of `response.done`. Null when it reports none. */
  responseUsage(model: string, usage: Wire | null): AiUsage | null {
    if (usage === null) return null;
    const inputs = wire(usage.input_token_details);
    const cached = wire(inputs?.cached_tokens_details);
    const outputs = wire(usage.output_token_details);
    const textAll = amount(inputs?.text_tokens) ?? 0;
    const audioAll = amount(inputs?.audio_tokens) ?? 0;
    const imageAll = amount(inputs?.image_tokens) ?? 0;
    // A server that does not split the cached tokens has most likely cached the instructions.
    const unsplit = cached === null ? amount(inputs?.cached_tokens) : null;
    const textCached = Math.min(textAll, amount(cached?.text_tokens) ?? unsplit ?? 0);
    const audioCached = Math.min(audioAll, amount(cached?.audio_tokens) ?? 0);
    const imageCached = Math.min(imageAll, amount(cached?.image_tokens) ?? 0);
    const counts: Record<TokenKind, number> = {
      text_in: textAll - textCached,
      text_cached: textCached,
      text_out: amount(outputs?.text_tokens) ?? 0,
      audio_in: audioAll - audioCached,
      audio_cached: audioCached,
      audio_out: amount(outputs?.audio_tokens) ?? 0,
      image_in: imageAll - imageCached,
      image_cached: imageCached,
    };
    return usageOf(counts, this.modelPrices(model));
  }

  /** Of an answer by text. Null when it reports none. */
  textUsage(model: string, usage: Wire | null): AiUsage | null {
    if (usage === null) return null;
    const input = amount(usage.prompt_tokens) ?? 0;
    const cached = Math.min(input, amount(wire(usage.prompt_tokens_details)?.cached_tokens) ?? 0);
    return usageOf(
      {
        ...NONE,
        text_in: input - cached,
        text_cached: cached,
        text_out: amount(usage.completion_tokens) ?? 0,
      },
      this.modelPrices(model),
    );
  }

  /** Of a finished transcription, in tokens or in seconds. Null when it reports none. */
  transcriptionUsage(model: string, usage: Wire | null): AiUsage | null {
    const price = priceOf(TRANSCRIPTION_PRICES, model);
    const type = text(usage?.type);
    if (usage !== null && type === 'duration') {
      const seconds = amount(usage.seconds) ?? 0;
      return { tokens: {}, costUsd: price === null ? null : (seconds / 60) * price.perMinute };
    }
    if (usage === null || type !== 'tokens') return null;
    const details = wire(usage.input_token_details);
    const input = amount(usage.input_tokens) ?? 0;
    const textIn = amount(details?.text_tokens) ?? 0;
    const audioIn = amount(details?.audio_tokens) ?? Math.max(0, input - textIn);
    const textOut = amount(usage.output_tokens) ?? 0;
    const counts = present({ text_in: textIn, audio_in: audioIn, text_out: textOut });
    if (price === null) return { tokens: counts, costUsd: null };
    const { perMillion, perMinute } = price;
    const costUsd =
      perMillion === undefined
        ? (audioIn / AUDIO_TOKENS_PER_MINUTE) * perMinute
        : ((textIn + audioIn) * perMillion[0] + textOut * perMillion[1]) / 1e6;
    return { tokens: counts, costUsd };
  }

  private modelPrices(model: string): TokenPrices | null {
    return priceOf(this.own, model) ?? priceOf(MODEL_PRICES, model);
  }
}

/** A dated snapshot costs what its model costs, unless it is listed itself. */
function priceOf<T>(table: Readonly<Record<string, T>>, model: string): T | null {
  for (const name of [model, model.replace(/-\d{4}-\d{2}-\d{2}$/, '')]) {
    if (Object.hasOwn(table, name)) return table[name]!;
  }
  return null;
}

/** Unknown is not free: a kind that was used and has no price makes the whole cost unknown. */
function usageOf(counts: Readonly<Record<TokenKind, number>>, prices: TokenPrices | null): AiUsage {
  let dollars = 0;
  let known = prices !== null;
  for (const kind of TOKEN_KINDS) {
    const price = prices?.[kind];
    if (price !== undefined) dollars += (counts[kind] * price) / 1e6;
    else if (counts[kind] > 0) known = false;
  }
  return { tokens: present(counts), costUsd: known ? dollars : null };
}

function present(counts: Readonly<Partial<Record<TokenKind, number>>>): AiUsage['tokens'] {
  return Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0));
}
