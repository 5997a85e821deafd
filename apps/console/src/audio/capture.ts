import type { Captured } from './capture.worklet.js';
import workletUrl from './capture.worklet.ts?worker&url';
import { SILENCE_DBOV } from './level.js';
import type { Microphone, MicrophoneListener } from './microphone.js';
import { AGENT_RATE } from './sound.js';
import { microphoneError, SoundError } from './sound-error.js';

export interface AudioDevice {
  readonly id: string;
  /** Empty until the microphone was allowed once. */
  readonly label: string;
}

export interface AudioDevices {
  readonly microphones: readonly AudioDevice[];
  readonly loudspeakers: readonly AudioDevice[];
}

function devicesOf(): MediaDevices {
  const devices = navigator.mediaDevices as MediaDevices | undefined;
  if (devices === undefined) throw new SoundError(isSecureContext ? 'unsupported' : 'insecure');
  return devices;
}

/** Throws SoundError. */
export async function listDevices(): Promise<AudioDevices> {
  const all = await devicesOf().enumerateDevices();
  const of = (kind: MediaDeviceKind) =>
    all
      .filter((device) => device.kind === kind && device.deviceId !== '')
      .map(({ deviceId, label }) => ({ id: deviceId, label }));
  return { microphones: of('audioinput'), loudspeakers: of('audiooutput') };
}

/** Called when devices come or go. Returns how to stop. */
export function watchDevices(onChange: () => void): () => void {
  const devices = navigator.mediaDevices as MediaDevices | undefined;
  devices?.addEventListener('devicechange', onChange);
  return () => devices?.removeEventListener('devicechange', onChange);
}

/** The microphone, with the browser's echo cancellation, so that the agent does not hear itself and interrupt itself. */
export class Capture implements Microphone {
  /** Level of the newest 20 ms; SILENCE_DBOV while muted. */
  dbov = SILENCE_DBOV;
  /** What the browser has really opened. */
  readonly deviceId: string | null;
  private isMuted = false;

  private constructor(
    private readonly context: AudioContext,
    private readonly stream: MediaStream,
    private readonly node: AudioWorkletNode,
    private readonly listener: MicrophoneListener,
  ) {
    const [track] = stream.getAudioTracks();
    this.deviceId = track?.getSettings().deviceId ?? null;
    track?.addEventListener('ended', () => this.lost());
    node.port.onmessage = ({ data }: MessageEvent<Captured>) => {
      this.dbov = data.dbov;
      this.listener.onFrame(data.frame);
    };
  }

  /** Asks for permission where there is none yet. Rejects with SoundError. */
  static async open(deviceId: string | null, listener: MicrophoneListener): Promise<Capture> {
    const stream = await askFor(deviceId);
    let context: AudioContext | null = null;
    try {
      const source = sourceOf(stream);
      context = source.context as AudioContext;
      if (context.audioWorklet === undefined) throw new SoundError('insecure');
      await context.audioWorklet.addModule(workletUrl);
      const node = new AudioWorkletNode(context, 'patchbay-capture', {
        numberOfInputs: 1,
        numberOfOutputs: 0,
        channelCount: 1,
        channelCountMode: 'explicit',
      });
      source.connect(node);
      void context.resume().catch(() => undefined);
      return new Capture(context, stream, node, listener);
    } catch (thrown) {
      stopAll(stream);
      await context?.close();
      throw microphoneError(thrown);
    }
  }

  get muted(): boolean {
    return this.isMuted;
  }

  /** Frames of silence go on, so that the far side hears a quiet caller and no broken line. */
  set muted(muted: boolean) {
    this.isMuted = muted;
    for (const track of this.stream.getAudioTracks()) track.enabled = !muted;
  }

  /** Idempotent. */
  close(): void {
    this.node.port.onmessage = null;
    this.dbov = SILENCE_DBOV;
    stopAll(this.stream);
    if (this.context.state !== 'closed') void this.context.close();
  }

  private lost(): void {
    this.close();
    this.listener.onLost(new SoundError('lost'));
  }
}

async function askFor(deviceId: string | null): Promise<MediaStream> {
  try {
    return await devicesOf().getUserMedia({
      audio: {
        ...(deviceId === null ? {} : { deviceId: { exact: deviceId } }),
        channelCount: 1,
        echoCancellation: true,
        noiseSuppression: true,
        autoGainControl: true,
      },
    });
  } catch (thrown) {
    throw microphoneError(thrown);
  }
}

/** At 24 kHz where the browser converts the microphone's rate itself; elsewhere at its own rate, and the worklet converts. */
function sourceOf(stream: MediaStream): MediaStreamAudioSourceNode {
  const context = new AudioContext({ sampleRate: AGENT_RATE });
  try {
    return context.createMediaStreamSource(stream);
  } catch {
    void context.close();
    return new AudioContext().createMediaStreamSource(stream);
  }
}

/** `ended` is not told for what is stopped from here. */
function stopAll(stream: MediaStream): void {
  for (const track of stream.getTracks()) track.stop();
}
