import type { TwilioApi } from '#apps/simulator';

export const PUBLIC_URL = 'https://voice.example.com';
/** An account at the simulated Twilio. */
export const ACCOUNT = { accountSid: `AC${'1'.repeat(32)}`, authToken: '0123456789abcdef0123456789abcdef' };

/** What a gateway has to know to be this account's, at the REST API of the simulated Twilio. */
export function accountSettings(api: TwilioApi) {
  return {
    PUBLIC_URL,
    TWILIO_ACCOUNT_SID: ACCOUNT.accountSid,
    TWILIO_AUTH_TOKEN: ACCOUNT.authToken,
    TWILIO_API_URL: api.url,
  };
}

/** How a call of this account reaches the gateway at an origin. */
export function callTo(origin: string) {
  return { webhookUrl: `${origin}/twilio/voice`, publicUrl: PUBLIC_URL, ...ACCOUNT };
}
