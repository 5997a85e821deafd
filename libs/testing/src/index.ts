export * from './captured-log.js';
export * from './manual-clock.js';
export * from './system-clock.js';
