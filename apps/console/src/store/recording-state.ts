import type { CallEvent } from './protocol.js';

/** Of a running call, as far as its events tell. */
export interface RecordingState {
  readonly phase: 'none' | 'running' | 'paused' | 'failed';
  /** Who paused it: an operator's name, or `digits` while keys are collected that nobody shall keep. */
  readonly by: string | null;
}

export const NOT_RECORDED: RecordingState = { phase: 'none', by: null };

const PHASES: Readonly<Record<string, RecordingState['phase']>> = {
  'recording.started': 'running',
  'recording.paused': 'paused',
  'recording.resumed': 'running',
  'recording.saved': 'none',
  'recording.failed': 'failed',
};

export function recordingAfter(before: RecordingState, { type, data }: CallEvent): RecordingState {
  const phase = PHASES[type];
  if (phase === undefined) return before;
  return { phase, by: phase === 'paused' && typeof data.by === 'string' ? data.by : null };
}
