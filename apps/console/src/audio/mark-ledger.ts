interface Mark {
  readonly name: string;
  /** Behind so many samples of the stream. */
  readonly place: number;
  /** The moment at which the loudspeaker has let the last of them out; null while they wait. */
  heardAt: number | null;
}

/** Knows when everything before a mark was heard: played, and out of the loudspeaker. All times and places in samples. */
export class MarkLedger {
  private marks: Mark[] = [];

  constructor(private readonly tell: (name: string) => void) {}

  add(name: string, place: number): void {
    this.marks.push({ name, place, heardAt: null });
  }

  /** `played` samples of the stream have left by `now`; they are heard `latency` later. */
  played(played: number, now: number, latency: number): void {
    const { marks } = this;
    if (marks.length === 0) return;
    for (const mark of marks) {
      if (mark.place > played) break;
      mark.heardAt ??= now + latency;
    }
    while (marks[0] !== undefined && marks[0].heardAt !== null && marks[0].heardAt <= now) {
      this.tell(marks.shift()!.name);
    }
  }

  /** What waited is forgotten: every mark is told at once, in order. */
  clear(): void {
    const { marks } = this;
    this.marks = [];
    for (const { name } of marks) this.tell(name);
  }
}
