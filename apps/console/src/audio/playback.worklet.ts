import type { FromPlayback, ToPlayback } from './player-messages.js';
import { SPEAKERS, type Speaker } from './sound.js';
import { CHANNELS, SpeakerChannel } from './speaker-channel.js';

const STATE_EVERY_MS = 40;
class Playback extends AudioWorkletProcessor {
  private readonly channels: Readonly<Record<Speaker, SpeakerChannel>>;
  private readonly dbov = [0, 0];
  private readonly depthMs = [0, 0];
  private readonly holes = [0, 0];
  private readonly playedSamples = [0, 0];
  private readonly state: FromPlayback = {
    type: 'state',
    dbov: this.dbov,
    depthMs: this.depthMs,
    holes: this.holes,
    playedSamples: this.playedSamples,
  };
  private latency = 0;
  private stateAt = 0;

  constructor() {
    super();
    const channel = (speaker: Speaker) =>
      new SpeakerChannel({ sampleRate, ...CHANNELS[speaker] }, (name) =>
        this.tell({ type: 'heard', speaker, name }),
      );
    this.channels = { caller: channel('caller'), agent: channel('agent') };
    this.port.onmessage = ({ data }: MessageEvent<ToPlayback>) => this.onMessage(data);
  }

  process(_inputs: Float32Array[][], outputs: Float32Array[][]): boolean {
    const left = outputs[0]?.[0];
    if (left === undefined) return true;
    const right = outputs[0]?.[1] ?? left;
    for (const speaker of SPEAKERS) this.channels[speaker].render(left, right, currentFrame, this.latency);
    if (currentFrame >= this.stateAt) this.tellState();
    return true;
  }

  private onMessage(message: ToPlayback): void {
    if (message.type === 'latency') {
      this.latency = message.samples;
      return;
    }
    const channel = this.channels[message.speaker];
    if (message.type === 'sound') channel.push(message, currentFrame);
    else if (message.type === 'mark') channel.mark(message.name);
    else if (message.type === 'clear') channel.clear();
    else if (message.type === 'cut') channel.buffer.cut(message.atMs);
    else channel.mix(message.gain, message.pan);
  }

  private tellState(): void {
    this.stateAt = currentFrame + (STATE_EVERY_MS * sampleRate) / 1000;
    SPEAKERS.forEach((speaker, i) => {
      const { level, buffer } = this.channels[speaker];
      this.dbov[i] = level.takeDbov();
      this.depthMs[i] = buffer.depthMs;
      this.holes[i] = buffer.holes;
      this.playedSamples[i] = buffer.done;
    });
    this.tell(this.state);
  }

  private tell(message: FromPlayback): void {
    this.port.postMessage(message);
  }
}

registerProcessor('patchbay-playback', Playback);
