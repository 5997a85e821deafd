import { defineObserver } from '#libs/contracts';
import { QualityConfig } from './quality.config.js';
import { QualityObserver } from './quality.observer.js';
import { checkLines } from './thresholds.js';

export { AlertDesk } from './alert-desk.js';
export { EchoMeter } from './analysis/echo.js';
export type { Dropout, SoundFigures } from './analysis/sound-figures.js';
export { TrackAnalyser } from './analysis/track-analyser.js';
export { DEFAULT_THRESHOLDS, MEASURES, type Measure, type QualityThresholds } from './rating/measures.js';
export { rate } from './rating/rate.js';

export default defineObserver({
  name: 'quality',
  config: QualityConfig,
  create: (config, { clock, platforms }) => {
    checkLines(config, platforms);
    return new QualityObserver(config, clock);
  },
});
