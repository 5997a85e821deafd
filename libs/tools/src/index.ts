export { GuardedHttp, type GuardedHttpOptions } from './http/guarded-http.js';
export { OutgoingConfig } from './http/outgoing.config.js';
export type { ReferenceOrigin } from './reference-reader.js';
export { type ToolContext, ToolShelf, type ToolShelfOptions } from './tool-shelf.js';
