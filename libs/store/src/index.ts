export { type ApiKey, ApiKeys, type ApiKeysOptions, type NewApiKey } from './api-keys.js';
export { CallStore } from './call-store.js';
export {
  TRANSCRIPT_FORMATS,
  TRANSCRIPT_TYPES,
  type TranscriptFormat,
  transcriptAs,
} from './export/transcript-as.js';
export { inTime } from './in-time.js';
export { Instance, type InstanceOptions } from './instance.js';
export { type DatabaseOptions, type OpenDatabase, openDatabase } from './open-database.js';
export { RecordKeeper, type RecordKeeperOptions } from './record-keeper.js';
export { type CallPlace, type DueRecording, type RecordingPlace, Retention } from './retention.js';
export type {
  ApiKeyTable,
  CallTable,
  Database,
  DialAttemptTable,
  DialOrderTable,
  InstanceTable,
  JournalTable,
  TranscriptItemTable,
  WebhookOutboxTable,
  WebhookSubscriptionTable,
} from './schema.js';
export { type RowKind, SpooledWriter } from './spooled-writer.js';
export { writeTakeable } from './takeable.js';
