export { systemClock } from '#libs/core';
export * from './captured-log.js';
export * from './manual-clock.js';
