export { type AudioDevice, type AudioDevices, Capture, listDevices, watchDevices } from './capture.js';
export { SILENCE_DBOV } from './level.js';
export { Listener, type MonitorSpeaker } from './listener.js';
export type { Microphone, MicrophoneListener, OpenMicrophone } from './microphone.js';
export { type PlaybackState, Player } from './playback.js';
export {
  type CallOptions,
  Softphone,
  type SoftphoneState,
  type SoftphoneView,
  type Trouble,
} from './softphone.js';
export type { News } from './softphone-messages.js';
export type { Speaker } from './sound.js';
export { SoundError, type SoundErrorCode } from './sound-error.js';
