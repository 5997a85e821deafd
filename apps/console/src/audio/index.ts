export { type AudioDevices, Capture, listDevices, watchDevices } from './capture.js';
export { SILENCE_DBOV } from './level.js';
export { Listener } from './listener.js';
export { Player } from './playback.js';
export { Softphone, type SoftphoneView } from './softphone.js';
export { SoundError } from './sound-error.js';
