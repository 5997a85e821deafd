// Records what passes, whole and in order: a worklet is run for each block that is rendered, however busy the page is.
class Tap extends AudioWorkletProcessor {
  constructor() {
    super();
    this.sides = [new Float32Array(4096), new Float32Array(4096)];
    this.at = 0;
  }

  process([input]) {
    const [left, right = left] = input;
    const length = left?.length ?? 128;
    if (left !== undefined) {
      this.sides[0].set(left, this.at);
      this.sides[1].set(right, this.at);
    }
    this.at += length;
    if (this.at === this.sides[0].length) {
      this.port.postMessage(this.sides);
      this.sides = this.sides.map((side) => new Float32Array(side.length));
      this.at = 0;
    }
    return true;
  }
}

registerProcessor('test-tap', Tap);
