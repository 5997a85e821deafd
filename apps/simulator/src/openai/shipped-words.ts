import { type ShippedSpeech, shippedSpeech } from '../call/speech.js';

/** What is said in the speech that ships with the simulators. */
export const SHIPPED_WORDS: Readonly<Record<ShippedSpeech, string>> = {
  'caller-hello': 'Hello, I would like to book a table for two people tonight.',
  'caller-hours': 'What are your opening hours on Sunday?',
  'caller-stop': 'Wait a moment please, I have another question.',
  'caller-order': 'Could you tell me where my order number four two seven is?',
  'caller-bye': 'Thank you very much and goodbye.',
  'caller-person': 'Thank you. Could I speak to somebody in the shop, please?',
  'agent-greeting': 'Hello, this is the front desk. How can I help you today?',
  'agent-answer':
    'We are open every day from nine in the morning until ten in the evening. On Sunday the kitchen closes one hour earlier.',
  'agent-goodbye': 'You are welcome. Have a nice day, goodbye.',
  'agent-recorded':
    'This call is recorded. Hello Ada, this is the flower shop. I am calling about your order.',
  'agent-order': 'It left the shop this morning and will be with you before noon.',
  'agent-transfer': 'Of course. I will put you through to the shop.',
};

const STEP_MS = 20;
/** Sound that is the same but for a telephone line in between is above, other speech far below. */
const ALIKE = 0.9;
/** A turn that holds more than the recording is something else. */
const SHARE = 0.9;

/** Which of the shipped recordings this is, told by the rise and fall of its loudness; null when it is none of them. */
export function recognised(samples: Int16Array, sampleRate: number): string | null {
  const heard = loudness(samples, sampleRate);
  let best = ALIKE;
  let words: string | null = null;
  for (const name of Object.keys(SHIPPED_WORDS) as ShippedSpeech[]) {
    const likeness = likenessOf(heard, recordedLoudness(name));
    if (likeness <= best) continue;
    best = likeness;
    words = SHIPPED_WORDS[name];
  }
  return words;
}

const known = new Map<ShippedSpeech, Float64Array>();

function recordedLoudness(name: ShippedSpeech): Float64Array {
  let course = known.get(name);
  if (course === undefined) {
    const { samples, sampleRate } = shippedSpeech(name);
    course = loudness(samples, sampleRate);
    known.set(name, course);
  }
  return course;
}

/** The root of the mean power of each step. */
function loudness(samples: Int16Array, sampleRate: number): Float64Array {
  const step = (STEP_MS * sampleRate) / 1000;
  return Float64Array.from({ length: Math.floor(samples.length / step) }, (_, index) => {
    let power = 0;
    for (let i = index * step; i < (index + 1) * step; i++) power += samples[i]! ** 2;
    return Math.sqrt(power / step);
  });
}

/** The correlation of two courses of loudness where they fit best; the recording may lie anywhere in what was heard. */
function likenessOf(heard: Float64Array, recording: Float64Array): number {
  const energy = heard.reduce((sum, step) => sum + step * step, 0);
  // The ends of a turn may be cut by some steps of near silence.
  const slack = 5;
  let best = 0;
  for (let shift = -slack; shift <= heard.length - recording.length + slack; shift++) {
    best = Math.max(best, correlation(heard, recording, shift, SHARE * energy));
  }
  return best;
}

function correlation(
  heard: Float64Array,
  recording: Float64Array,
  shift: number,
  leastEnergy: number,
): number {
  const length = recording.length;
  let [sumA, sumB, sumAA, sumBB, sumAB] = [0, 0, 0, 0, 0];
  for (let i = 0; i < length; i++) {
    const a = heard[i + shift] ?? 0;
    const b = recording[i]!;
    sumA += a;
    sumB += b;
    sumAA += a * a;
    sumBB += b * b;
    sumAB += a * b;
  }
  if (sumAA < leastEnergy) return 0;
  const spread = Math.sqrt((sumAA - (sumA * sumA) / length) * (sumBB - (sumB * sumB) / length));
  return spread === 0 ? 0 : (sumAB - (sumA * sumB) / length) / spread;
}
