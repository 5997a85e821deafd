import type { EventSource, TextLine } from '#libs/contracts';

/** Lines that are remembered: enough to go on from, and no more than a text model reads quickly. */
const MOST_LINES = 60;

/** What was said in a call, for whoever has to go on with it. */
export class ConversationSoFar {
  private kept: readonly TextLine[] = [];

  constructor(router: EventSource) {
    router.on('transcript.final', ({ speaker, text }) => {
      if (text.trim() !== '') this.kept = [...this.kept, { speaker, text }].slice(-MOST_LINES);
    });
  }

  get lines(): readonly TextLine[] {
    return this.kept;
  }
}
