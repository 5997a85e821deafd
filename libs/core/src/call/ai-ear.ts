import type { AiSession, AudioFormat, AudioSink } from '#libs/contracts';
import type { AudioPath } from '../media/audio-path.js';

/** Hears the caller while an operator speaks in the agent's place. */
const NOBODY: AudioSink = { push: () => true };

/** Where the caller's sound goes: to the AI, to nobody while an operator has the call, or it is kept until the AI is there. */
export class AiEar {
  private session: AiSession | null = null;
  private isAway = false;
  private covered = false;

  constructor(
    private readonly path: AudioPath,
    private readonly legFormat: AudioFormat,
    private readonly aiFormat: AudioFormat,
  ) {}

  aiReady(session: AiSession): void {
    this.session = session;
    this.rewire();
  }

  /** Another AI is being asked; what the caller says is kept for it. */
  aiGone(): void {
    this.session = null;
    this.isAway = false;
    this.rewire();
  }

  /** The AI's connection was lost, or is back. */
  away(isAway: boolean): void {
    this.isAway = isAway;
    this.rewire();
  }

  /** The AI is not to hear the caller. What was kept for it is forgotten. */
  cover(covered: boolean): void {
    this.covered = covered;
    this.rewire();
  }

  private rewire(): void {
    if (this.covered) this.path.connect(NOBODY, this.legFormat, this.legFormat);
    else if (this.session === null || this.isAway) this.path.disconnect();
    else this.path.connect(this.session, this.legFormat, this.aiFormat);
  }
}
