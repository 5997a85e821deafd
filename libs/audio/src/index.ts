export * from './base64.js';
export * from './frame.js';
export * from './g711.js';
export * from './pcm.js';
