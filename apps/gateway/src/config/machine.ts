import { availableParallelism, totalmem } from 'node:os';

/** One core carries the sound of a process; the rest is room for peaks, garbage collection and the kernel. */
const CALLS_PER_PROCESS = 300;
const BYTES_PER_CALL = 2 * 1024 * 1024;

/** A cautious limit for this machine: what one core can do, and never more than a quarter of the memory holds. */
export function defaultMaxCalls(): number {
  const byCpu = availableParallelism() > 1 ? CALLS_PER_PROCESS : CALLS_PER_PROCESS / 2;
  return Math.max(1, Math.min(byCpu, Math.floor(totalmem() / 4 / BYTES_PER_CALL)));
}
