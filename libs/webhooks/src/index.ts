export { DEFAULT_EVENTS, WEBHOOK_EVENTS } from './event-choice.js';
export type { OutboxCounts } from './outbox.js';
export type { NewWebhook, Webhook, WebhookRequest } from './subscriptions.js';
export { WebhooksConfig } from './webhooks.config.js';
export { Webhooks, type WebhooksParts } from './webhooks.js';
