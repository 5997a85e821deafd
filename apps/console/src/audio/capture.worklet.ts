import { FrameCutter } from './frame-cutter.js';
import { LevelMeter } from './level.js';
import { Resampler } from './resampler.js';
import { AGENT_RATE } from './sound.js';

const FRAME_SAMPLES = AGENT_RATE / 50;

/** A frame of 20 ms, PCM16, 24 kHz, and its level. */
export interface Captured {
  readonly frame: ArrayBuffer;
  readonly dbov: number;
}

class Capture extends AudioWorkletProcessor {
  private readonly level = new LevelMeter();
  private readonly resampler = new Resampler(sampleRate, AGENT_RATE);
  private readonly cutter = new FrameCutter(FRAME_SAMPLES, ({ buffer }) => {
    const captured: Captured = { frame: buffer, dbov: this.level.takeDbov() };
    this.port.postMessage(captured, [buffer]);
  });

  process(inputs: Float32Array<ArrayBuffer>[][]): boolean {
    const samples = inputs[0]?.[0];
    if (samples === undefined) return true;
    this.level.add(samples);
    this.cutter.push(this.resampler.resample(samples));
    return true;
  }
}

registerProcessor('patchbay-capture', Capture);
