import { once } from 'node:events';
import { WebSocket } from 'ws';
import {
  type CallScript,
  type LineFaults,
  type LineOptions,
  placeAudioCodesCall,
  placeTwilioCall,
  recognised,
} from '#apps/simulator';
import { decodeMulaw, samplesFromBytes } from '#libs/audio';
import type { Booted } from './boot.js';

export interface CallerOptions {
  readonly script: CallScript;
  readonly faults?: LineFaults;
  /** Media formats AudioCodes offers. */
  readonly offer?: readonly string[];
  /** Twilio: how long after the webhook's answer the stream starts. */
  readonly startDelayMs?: number;
  /** The caller's own time; as it passes unless given. */
  readonly time?: Pick<LineOptions, 'clock' | 'ticker'>;
}

/** Sound of the agent that arrived in one go. */
interface Utterance {
  readonly pieces: Uint8Array[];
  lastMs: number;
}

const PAUSE_MS = 1200;

/** A caller of one of the strict simulators, and an ear that knows the shipped speech. */
export class TestCall {
  private readonly utterances: Utterance[] = [];
  readonly call: ReturnType<typeof placeTwilioCall> | ReturnType<typeof placeAudioCodesCall>;

  constructor(
    readonly platform: 'twilio' | 'audiocodes',
    { origin, wsOrigin }: Booted,
    options: CallerOptions,
  ) {
    const line = {
      ...options.time,
      script: options.script,
      faults: options.faults,
      onAgentSound: (bytes: Uint8Array, atMs: number) => this.hear(bytes, atMs),
    };
    this.call =
      platform === 'twilio'
        ? placeTwilioCall({
            webhookUrl: `${origin}/twilio/voice`,
            startDelayMs: options.startDelayMs,
            ...line,
          })
        : placeAudioCodesCall({ url: `${wsOrigin}/audiocodes`, offer: options.offer, ...line });
  }

  get report() {
    return this.call.ended;
  }

  /** The words of what arrived, utterance by utterance; null for what is none of the shipped recordings. */
  heardWords(sampleRate: number): (string | null)[] {
    return this.utterances.map(({ pieces }) => {
      const bytes = Buffer.concat(pieces);
      return recognised(
        this.platform === 'twilio' ? decodeMulaw(bytes) : samplesFromBytes(bytes),
        sampleRate,
      );
    });
  }

  /** Everything that arrived, as it came. */
  heardBytes(): Buffer {
    return Buffer.concat(this.utterances.flatMap(({ pieces }) => pieces));
  }

  private hear(bytes: Uint8Array, atMs: number): void {
    const last = this.utterances.at(-1);
    if (last !== undefined && atMs - last.lastMs < PAUSE_MS) {
      last.pieces.push(Uint8Array.from(bytes));
      last.lastMs = atMs;
    } else {
      this.utterances.push({ pieces: [Uint8Array.from(bytes)], lastMs: atMs });
    }
  }
}

/** The softphone's end of a call that has begun. */
export async function ringFromBrowser(
  { wsOrigin }: Booted,
  headers: Record<string, string> = {},
): Promise<WebSocket> {
  const socket = new WebSocket(`${wsOrigin}/browser`, { headers });
  await once(socket, 'open');
  socket.send(JSON.stringify({ type: 'start' }));
  await once(socket, 'message');
  return socket;
}
