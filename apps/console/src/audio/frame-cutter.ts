import { toInt16 } from './sound.js';

/** Cuts a stream of samples of full scale 1 into frames of PCM16, little-endian. */
export class FrameCutter {
  private frame: Int16Array<ArrayBuffer>;
  private filled = 0;

  /** `onFrame` owns the frame's memory. */
  constructor(
    private readonly frameSamples: number,
    private readonly onFrame: (frame: Int16Array<ArrayBuffer>) => void,
  ) {
    this.frame = new Int16Array(frameSamples);
  }

  push(samples: Float32Array): void {
    for (let i = 0; i < samples.length; i++) {
      this.frame[this.filled++] = toInt16(samples[i]!);
      if (this.filled < this.frameSamples) continue;
      const { frame } = this;
      this.frame = new Int16Array(this.frameSamples);
      this.filled = 0;
      this.onFrame(frame);
    }
  }
}
