import {
  type ValidationArguments,
  ValidatorConstraint,
  type ValidatorConstraintInterface,
} from 'class-validator';
import { QUALITY_KINDS, TRACKS } from '#libs/contracts';

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function problemOf(thresholds: unknown): string | null {
  if (!isRecord(thresholds)) return 'must be a list of "kind: number" lines';
  for (const [kind, value] of Object.entries(thresholds)) {
    if (!(QUALITY_KINDS as readonly string[]).includes(kind))
      return `"${kind}" is no kind; there are ${QUALITY_KINDS.join(', ')}`;
    if (value !== null && !Number.isFinite(value)) return `${kind} must be a number or null`;
  }
  return null;
}

function problemByLine(byLine: unknown): string | null {
  if (!isRecord(byLine)) return 'must be a list of "platform/track: thresholds" lines';
  for (const [line, thresholds] of Object.entries(byLine)) {
    const [, track, ...more] = line.split('/');
    if (more.length > 0) return `"${line}" has more parts than a platform and a track`;
    if (track !== undefined && !(TRACKS as readonly string[]).includes(track))
      return `"${track}" in "${line}" is no track; there are ${TRACKS.join(' and ')}`;
    const problem = problemOf(thresholds);
    if (problem !== null) return `${line}: ${problem}`;
  }
  return null;
}

/** Every kind is known and every threshold is a number or null. */
@ValidatorConstraint({ name: 'thresholds' })
export class ThresholdsCheck implements ValidatorConstraintInterface {
  validate(value: unknown): boolean {
    return problemOf(value) === null;
  }

  defaultMessage({ value }: ValidationArguments): string {
    return problemOf(value) ?? '';
  }
}

@ValidatorConstraint({ name: 'thresholdsByLine' })
export class ThresholdsByLineCheck implements ValidatorConstraintInterface {
  validate(value: unknown): boolean {
    return problemByLine(value) === null;
  }

  defaultMessage({ value }: ValidationArguments): string {
    return problemByLine(value) ?? '';
  }
}
