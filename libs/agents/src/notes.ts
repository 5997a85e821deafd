import type { Log } from '#libs/contracts';

export interface Note {
  /** A file, or what was stored. */
  readonly at: string;
  readonly problems: readonly string[];
}

/** What is wrong at the moment, told in the log once and again when it changes. */
export class Notes {
  private readonly notes = new Map<string, readonly string[]>();

  constructor(private readonly log: Log) {}

  put(at: string, problems: readonly string[]): void {
    if (this.notes.get(at)?.join('\n') === problems.join('\n')) return;
    this.notes.set(at, problems);
    this.log.error(
      { at, problems },
      'Agents or routes are wrong and were not taken; what was good before still answers.',
    );
  }

  clear(at: string): void {
    if (this.notes.delete(at)) this.log.info({ at }, 'What was wrong with agents or routes is right now.');
  }

  /** Forgets what lies in places that are gone. */
  keepOnly(stillThere: (at: string) => boolean): void {
    for (const at of this.notes.keys()) if (!stillThere(at)) this.notes.delete(at);
  }

  all(): readonly Note[] {
    return [...this.notes].map(([at, problems]) => ({ at, problems }));
  }
}
