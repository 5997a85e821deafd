import type { Track } from '#libs/contracts';
import type { QualityConfig } from './quality.config.js';
import { DEFAULT_THRESHOLDS, type QualityThresholds } from './rating/measures.js';

/** What counts as bad on this line: the most exact setting wins. */
export function thresholdsOf(config: QualityConfig, platform: string, track: Track): QualityThresholds {
  const { thresholds, thresholdsFor } = config;
  return {
    ...DEFAULT_THRESHOLDS,
    ...thresholds,
    ...thresholdsFor[track],
    ...thresholdsFor[platform],
    ...thresholdsFor[`${platform}/${track}`],
  };
}
