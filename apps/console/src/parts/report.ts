import { ApiError } from '../store/api.js';
import { MonitorError } from '../store/monitor-client.js';

/** Tells what came of an order to the gateway. */
export type Report = (told: Told | null) => void;

export interface Told {
  readonly words: string;
  readonly isProblem: boolean;
}

export function problemWords(error: unknown): string {
  if (!(error instanceof MonitorError || error instanceof ApiError)) return 'That did not work.';
  return error.advice === null ? error.message : `${error.message} ${error.advice}`;
}
