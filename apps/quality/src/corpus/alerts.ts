import type { AudioFormat, EventSink } from '#libs/contracts';
import { AlertDesk, DEFAULT_THRESHOLDS, rate } from '#libs/observers/quality';
import type { Measured } from './bench.js';

/** What a call with this sound in the caller's track would have been alerted of, in words, with the default thresholds. */
export function alertsOf(line: AudioFormat, { seconds }: Measured): readonly string[] {
  const told: string[] = [];
  const sink: EventSink = {
    publish: (type, data) => {
      if (type === 'quality.degraded' && 'words' in data) told.push(`${data.kind} (${data.words})`);
    },
  };
  const desk = new AlertDesk('caller', DEFAULT_THRESHOLDS, sink);
  for (const [i, second] of seconds.entries()) {
    const figures = { ...second, echo: null, arrival: null };
    desk.look({ ...figures, ...rate(figures, line) }, i * 1000);
  }
  return told;
}
