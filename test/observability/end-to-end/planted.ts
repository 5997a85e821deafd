import {
  type CallScript,
  type LineFaults,
  placeAudioCodesCall,
  placeTwilioCall,
  shippedSpeech,
} from '#apps/simulator';
import type { QualityKind } from '#libs/contracts';

export interface Planted {
  readonly name: string;
  readonly platform: 'twilio' | 'audiocodes';
  readonly faults: LineFaults;
  /** What the caller does; a monologue unless given, since a bad line may not let the agent understand. */
  readonly script?: (isOver: () => boolean) => CallScript;
  /** What the call's events must say is bad. */
  readonly kind: QualityKind | 'stalled';
  /** The alert that must fire for it in Prometheus. */
  readonly alert: string;
}

/** One call for each fault that a line can have. */
export const PLANTED: readonly Planted[] = [
  { name: 'noise', platform: 'twilio', faults: { noiseSnrDb: 9 }, kind: 'noise', alert: 'PatchbayNoise' },
  {
    name: 'clipping',
    platform: 'twilio',
    faults: { clipPercent: 4 },
    kind: 'clipping',
    alert: 'PatchbayClipping',
  },
  {
    name: 'a distorted tone',
    platform: 'audiocodes',
    faults: { tone: { hz: 440, thdPercent: 6 } },
    kind: 'distortion',
    alert: 'PatchbayDistortion',
  },
  { name: 'a low level', platform: 'twilio', faults: { gainDb: -30 }, kind: 'level', alert: 'PatchbayLevel' },
  {
    name: 'a DC offset',
    platform: 'audiocodes',
    faults: { dcOffset: 0.1 },
    kind: 'dc-offset',
    alert: 'PatchbayDcOffset',
  },
  { name: 'hum', platform: 'twilio', faults: { humDb: -8 }, kind: 'hum', alert: 'PatchbayHum' },
  {
    name: 'a narrow band',
    platform: 'audiocodes',
    faults: { bandwidthHz: 1200 },
    kind: 'bandwidth',
    alert: 'PatchbayBandwidth',
  },
  {
    name: 'drop-outs',
    platform: 'twilio',
    faults: { muteEveryMs: 500 },
    kind: 'dropouts',
    alert: 'PatchbayDropouts',
  },
  {
    name: 'lost frames',
    platform: 'twilio',
    faults: { lossPercent: 8, jitterMs: 60 },
    kind: 'arrival',
    alert: 'PatchbayArrivalPoor',
  },
  {
    name: 'PCM sent as μ-law',
    platform: 'twilio',
    faults: { formatFault: 'pcm-as-mulaw' },
    kind: 'format',
    alert: 'PatchbayWrongFormat',
  },
  {
    name: 'swapped bytes',
    platform: 'audiocodes',
    faults: { formatFault: 'byte-swapped' },
    kind: 'format',
    alert: 'PatchbayWrongFormat',
  },
  {
    name: 'another rate than declared',
    platform: 'audiocodes',
    faults: { formatFault: 'wrong-rate' },
    kind: 'format',
    alert: 'PatchbayWrongFormat',
  },
  {
    name: 'echo',
    platform: 'twilio',
    faults: { echo: { delayMs: 180, levelDb: -12 } },
    script: questions,
    kind: 'echo',
    alert: 'PatchbayEcho',
  },
  {
    name: 'no sound',
    platform: 'twilio',
    faults: { gaps: [{ atMs: 4000, durationMs: 600_000 }] },
    kind: 'stalled',
    alert: 'PatchbayNoCallerAudio',
  },
];

const WORDS = ['caller-hello', 'caller-hours', 'caller-order'] as const;

/** Talks and listens in turn until told to stop. */
export function chat(isOver: () => boolean): CallScript {
  return async (caller) => {
    await caller.hearAgent();
    for (let turn = 0; !isOver(); turn++) {
      await caller.say(shippedSpeech(WORDS[turn % WORDS.length]!));
      await caller.listen();
      await caller.say(shippedSpeech(WORDS[(turn + 1) % WORDS.length]!));
      await caller.interrupt(1200, shippedSpeech('caller-stop'));
      await caller.listen();
    }
  };
}

/** Asks, and listens to the whole answer. */
function questions(isOver: () => boolean): CallScript {
  return async (caller) => {
    await caller.listen();
    while (!isOver()) {
      await caller.say(shippedSpeech('caller-hours'));
      await caller.listen();
    }
  };
}

/** Talks whether or not anybody answers. */
export function monologue(isOver: () => boolean): CallScript {
  return async (caller) => {
    await caller.hearAgent();
    for (let turn = 0; !isOver(); turn++) {
      await caller.say(shippedSpeech(WORDS[turn % WORDS.length]!));
      await caller.pause(turn % 3 === 2 ? 4000 : 700);
    }
  };
}

export function place(
  platform: Planted['platform'],
  { origin, wsOrigin }: { readonly origin: string; readonly wsOrigin: string },
  script: CallScript,
  faults: LineFaults = {},
) {
  const line = { script, faults, record: false, patienceMs: 60_000 };
  return platform === 'twilio'
    ? placeTwilioCall({ webhookUrl: `${origin}/twilio/voice`, ...line })
    : placeAudioCodesCall({ url: `${wsOrigin}/audiocodes`, ...line });
}
