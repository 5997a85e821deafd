export { systemClock } from '#libs/core';
export * from './captured-log.js';
export * from './event-tape.js';
export * from './manual-clock.js';
export * from './platform-contract.js';
export * from './scripted-ai.js';
export * from './scripted-leg.js';
export * from './until.js';
