import type { SoundError } from './sound-error.js';

/** An open microphone, as the softphone needs it: `Capture` is one. */
export interface Microphone {
  /** Sends silence in place of what it hears. */
  muted: boolean;
  close(): void;
}

export interface MicrophoneListener {
  /** 20 ms, PCM16, 24 kHz, mono, little-endian. */
  onFrame(frame: ArrayBuffer): void;
  /** It was pulled out, or the permission was taken back. No frame comes any more. */
  onLost(error: SoundError): void;
}

/** Opens the microphone with this id, or the system's own for null. Rejects with SoundError. */
export type OpenMicrophone = (deviceId: string | null, listener: MicrophoneListener) => Promise<Microphone>;
