import { IsInt, IsObject, Max, Min, Validate } from 'class-validator';
import { QUALITY_KINDS, type QualityKind, Setting } from '#libs/contracts';
import { DEFAULT_THRESHOLDS } from './rating/measures.js';
import { ThresholdsByLineCheck, ThresholdsCheck } from './thresholds.check.js';

export class QualityConfig {
  @Setting({
    doc: `Where a figure begins to count as bad, by kind (${QUALITY_KINDS.join(', ')}). What is not named keeps its default; null turns a kind off.`,
  })
  @IsObject()
  @Validate(ThresholdsCheck)
  thresholds: Partial<Record<QualityKind, number | null>> = { ...DEFAULT_THRESHOLDS };

  @Setting({
    doc: 'Other thresholds for a platform, a track, or one track of one platform: `twilio: {noise: 15}`, `caller: {…}`, `twilio/caller: {…}`. The most exact wins.',
  })
  @IsObject()
  @Validate(ThresholdsByLineCheck)
  thresholdsFor: Record<string, Partial<Record<QualityKind, number | null>>> = {};

  @Setting({
    doc: 'Caller sound that comes later than this, in milliseconds, after the fastest so far counts as late: what a jitter buffer of that depth would not have waited for.',
  })
  @IsInt()
  @Min(10)
  @Max(5000)
  lateMs = 60;

  @Setting({
    doc: 'A connected call without caller sound for this long, in milliseconds, while the agent is silent, is told as stalled.',
  })
  @IsInt()
  @Min(1000)
  @Max(3_600_000)
  stalledAfterMs = 10_000;
}
