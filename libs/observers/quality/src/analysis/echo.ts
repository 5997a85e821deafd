import type { Echo } from '#libs/contracts';
import { EchoLevel } from './echo-level.js';
import { BLOCK_SLOTS, correlate, EARLIEST, LAGS } from './echo-search.js';
import { EchoTrack, SLOTS_A_MS } from './echo-track.js';

/** 1.02 s of the caller and 4.1 s of the agent: 1.3 s behind and the rest ahead of what is heard now. */
const CALLER_SLOTS = 2048;
const AGENT_SLOTS = 8192;
const LEAD_SLOTS = 5000;
/** Frames of the agent that follow one another this closely are one stretch of sound. */
const JOIN_SLOTS = 6;
/** Blocks whose beginning and end came with other delays than this hold a gap or a burst, and cannot be placed. */
const STEADY_SLOTS = 16;
/** Beyond any slot; a whole number that needs no box on the heap. */
const NEVER = 2 ** 30;
/** Mean square of agent sound that could come back audibly (about -50 dBov), and of a caller at whom to look at all. */
const AGENT_POWER = 1e4;
const CALLER_POWER = 4;
/** No echo below -40 dB of what was said is looked for. */
const WEAKEST = 1e-4;
/** Pauses between blocks: while searching, after long without a result, and once it is known. */
const SEARCHING_SLOTS = 800;
const IDLE_SLOTS = 16000;
const KNOWN_SLOTS = 6000;
const SEARCHES = 24;
/** What is kept of the evidence when a block is added. */
const KEPT = 0.85;
/** In standard deviations of what blocks without echo add up to. */
const CERTAIN = 8;
const LOST = 5;
const BLOCKS_NEEDED = 3;
const SAME_LAG = 4;

/**
 * Finds our own voice in the caller's track. Both tracks carry times of one clock; caller's times are those of arrival, of
 * which the earliest in a block count. No block is looked at while the agent is silent.
 */
export class EchoMeter {
  private readonly callerTrack: EchoTrack;
  private readonly agentTrack: EchoTrack;
  private readonly level = new EchoLevel();
  private readonly evidence = new Float32Array(LAGS);
  private variance = 0;
  private blocks = 0;
  private fruitless = 0;
  private found: Echo | null = null;
  private lag = 0;
  private agreeing = 0;

  private blockEnd = BLOCK_SLOTS;
  /** The least in either half of the block, in slots. */
  private earlyOffset = NEVER;
  private lateOffset = NEVER;
  private nowSlot = -NEVER;
  private agentBegun = false;

  constructor(callerRate: number, agentRate: number) {
    this.callerTrack = new EchoTrack(callerRate, CALLER_SLOTS);
    this.agentTrack = new EchoTrack(agentRate, AGENT_SLOTS);
  }

  /** Null while there is none, or too little to tell. */
  get echo(): Echo | null {
    return this.found;
  }

  /** `atMs`: when it arrived. */
  caller(samples: Int16Array, atMs: number): void {
    this.callerAt(samples, Math.round(atMs * SLOTS_A_MS));
  }

  /** `atMs`: when it will be heard. */
  agent(samples: Int16Array, atMs: number): void {
    this.agentAt(samples, Math.round(atMs * SLOTS_A_MS));
  }

  /** Agent sound at or after `atMs` was never heard. */
  cut(atMs: number): void {
    const slot = Math.round(atMs * SLOTS_A_MS);
    if (slot < this.agentTrack.end) this.agentTrack.moveTo(slot);
  }

  private callerAt(samples: Int16Array, slot: number): void {
    const track = this.callerTrack;
    const offset = slot - track.end;
    this.nowSlot = slot;
    this.noteOffset(offset);
    for (let at = 0; at < samples.length; ) {
      at = track.write(samples, at, this.blockEnd);
      if (track.end === this.blockEnd) {
        this.endBlock();
        this.noteOffset(offset);
      }
    }
  }

  private agentAt(samples: Int16Array, slot: number): void {
    const track = this.agentTrack;
    if (slot > this.nowSlot + LEAD_SLOTS && this.nowSlot !== -NEVER) return;
    if (!this.agentBegun || Math.abs(slot - track.end) > JOIN_SLOTS) track.moveTo(slot);
    this.agentBegun = true;
    track.write(samples, 0, NEVER);
  }

  private noteOffset(offset: number): void {
    const isLate = this.blockEnd - this.callerTrack.end < BLOCK_SLOTS / 2;
    if (isLate) this.lateOffset = Math.min(this.lateOffset, offset);
    else this.earlyOffset = Math.min(this.earlyOffset, offset);
  }

  private endBlock(): void {
    const from = this.blockEnd - BLOCK_SLOTS;
    const isSteady = Math.abs(this.lateOffset - this.earlyOffset) <= STEADY_SLOTS;
    const offset = Math.min(this.lateOffset, this.earlyOffset);
    let pause = 0;
    if (isSteady && this.isWorthwhile(from, from + offset)) pause = this.examine(from, from + offset);
    this.blockEnd += BLOCK_SLOTS + pause;
    this.earlyOffset = NEVER;
    this.lateOffset = NEVER;
  }

  /** `heard` is the caller's block in the agent's slots. */
  private isWorthwhile(from: number, heard: number): boolean {
    const track = this.agentTrack;
    const first = heard - EARLIEST - LAGS;
    if (!this.agentBegun || track.end < first + BLOCK_SLOTS / 2) return false;
    // The window reaches a little beyond what may have been said; what was not is silent.
    const last = first + LAGS + BLOCK_SLOTS;
    if (track.end < last) {
      const end = track.end;
      for (let i = Math.max(end, first); i < last; i++) track.slots[i & track.mask] = 0;
    }
    const agentPower = meanSquare(track.slots, first, LAGS + BLOCK_SLOTS);
    const callerPower = meanSquare(this.callerTrack.slots, from, BLOCK_SLOTS);
    return agentPower > AGENT_POWER && callerPower > CALLER_POWER && callerPower > WEAKEST * agentPower;
  }

  private examine(from: number, heard: number): number {
    const evidence = this.evidence;
    for (let i = 0; i < LAGS; i++) evidence[i]! *= KEPT;
    this.variance = KEPT * KEPT * this.variance + 1;
    this.blocks++;
    const agent = this.agentTrack.slots;
    correlate(this.callerTrack.slots, from, agent, heard - EARLIEST - LAGS + 1, evidence);
    const best = highest(evidence);
    const height = Math.abs(evidence[best]!) / Math.sqrt(this.variance);
    this.agreeing = Math.abs(best - this.lag) <= SAME_LAG ? this.agreeing + 1 : 1;
    if (this.agreeing === 1) this.level.reset();
    this.lag = best;
    const lag = EARLIEST + best;
    this.level.add(this.callerTrack.slots, from, agent, heard - lag);
    return this.conclude(height, lag);
  }

  private conclude(height: number, lag: number): number {
    const isCertain = height > CERTAIN && this.agreeing >= BLOCKS_NEEDED;
    if (isCertain || (this.found !== null && height > LOST && this.agreeing > 1)) {
      const levelDb = this.level.levelDb;
      if (levelDb !== null) this.found = { delayMs: Math.max(0, lag / SLOTS_A_MS), levelDb };
      this.fruitless = 0;
      return this.blocks < SEARCHES ? SEARCHING_SLOTS : KNOWN_SLOTS;
    }
    if (height < LOST) this.found = null;
    return ++this.fruitless < SEARCHES ? SEARCHING_SLOTS : IDLE_SLOTS;
  }
}

function meanSquare(slots: Int16Array, from: number, length: number): number {
  const mask = slots.length - 1;
  let sum = 0;
  for (let i = from; i < from + length; i++) sum += slots[i & mask]! ** 2;
  return sum / length;
}

/** An echo may come back upside down. */
function highest(evidence: Float32Array): number {
  let best = 0;
  let height = 0;
  for (let i = 0; i < evidence.length; i++) {
    const value = Math.abs(evidence[i]!);
    if (value > height) {
      height = value;
      best = i;
    }
  }
  return best;
}
