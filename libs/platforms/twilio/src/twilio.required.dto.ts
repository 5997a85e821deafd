import { BadRequestException } from '@nestjs/common';
import type { Webhook } from './twilio.webhook.js';

/** One of Twilio's own parameters; 400 when it is absent or empty. */
export function required(webhook: Webhook, name: string): string {
  const value = webhook.value(name);
  if (value === null || value === '') throw new BadRequestException(`${name} is missing.`);
  return value;
}
