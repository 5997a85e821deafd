import { dtmfTones, frameFromSamples, inPieces } from '#libs/audio';
import type { AudioFormat, Clock, PlatformLeg } from '#libs/contracts';
import type { CallMedia } from './call-media.js';

/** `w` is a pause of half a second. */
const KEYS_TO_SEND = /^[0-9*#A-Dw]{1,64}$/;

/** Longer pieces of sound are cut: limits of platforms and marks are finer than that. */
const LONGEST_PIECE_MS = 1000;

export interface KeySenderParts extends Pick<CallMedia, 'router' | 'voice' | 'lastWord'> {
  readonly clock: Clock;
  /** What the agent's path takes. */
  readonly format: AudioFormat;
  readonly leg: () => PlatformLeg | null;
  readonly lineIsOpen: () => boolean;
}

/**
 * Presses keys towards the caller's side: in the platform's own way where it has one, otherwise as tones on the agent's track, after
 * what is being said. `agent.dtmf.sent` is told when they were heard.
 */
export class KeySender {
  constructor(private readonly parts: KeySenderParts) {}

  /** False: these are no keys, or nobody would hear them. `taken` is called before anything is sent. */
  send(digits: string, taken: () => void): boolean {
    const { leg, lineIsOpen, lastWord, voice } = this.parts;
    const to = leg();
    if (to === null || !lineIsOpen() || !KEYS_TO_SEND.test(digits)) return false;
    taken();
    if (to.sendDtmf?.(digits)) this.told(digits);
    else if (voice.floor === 'operator') this.play(digits);
    else lastWord.whenHeard({ next: 'none', shielded: false, last: false }, () => this.play(digits));
    return true;
  }

  private play(digits: string): void {
    const { voice, lastWord, format, clock, leg } = this.parts;
    if (leg() === null) return;
    const itemId = voice.newOwnItem('tones');
    const sound = frameFromSamples('agent', format, clock.nowMs(), dtmfTones(digits, format.sampleRate));
    for (const piece of inPieces(sound, LONGEST_PIECE_MS)) voice.send(piece, itemId);
    voice.finishItem(itemId);
    lastWord.whenHeard({ next: 'none', shielded: true, last: false }, () => this.told(digits));
  }

  private told(digits: string): void {
    this.parts.router.publish('agent.dtmf.sent', { digits });
  }
}
