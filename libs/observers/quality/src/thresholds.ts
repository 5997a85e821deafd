import { GatewayError, TRACKS, type Track } from '#libs/contracts';
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

/** Throws GatewayError CONFIG_INVALID for thresholds of a platform that is not loaded: a misspelt name would leave the defaults. */
export function checkLines({ thresholdsFor }: QualityConfig, platforms: readonly string[]): void {
  const known: readonly string[] = [...platforms, ...TRACKS];
  for (const line of Object.keys(thresholdsFor)) {
    const [name = '', track] = line.split('/');
    if ((track === undefined ? known : platforms).includes(name)) continue;
    throw new GatewayError(
      'CONFIG_INVALID',
      `observers.quality.thresholdsFor: "${line}" names no platform that is loaded (${platforms.join(', ')}) and no track.`,
      { advice: 'config/README.md lists every setting.' },
    );
  }
}
