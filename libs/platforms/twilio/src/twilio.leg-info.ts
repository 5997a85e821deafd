import type { AudioFormat, LegInfo, PlatformCapabilities } from '#libs/contracts';
import type { TwilioStart } from './twilio.messages.js';
import type { AnnouncedCall } from './twilio.tokens.js';

export const PLATFORM = 'twilio';

/** `rest`: the account's REST API can be used. */
export const twilioCapabilities = (rest: boolean): PlatformCapabilities => ({
  marks: true,
  resumeWithinMs: null,
  // Twilio's own sound pauses on some lines; the leg puts silence there.
  continuousCallerAudio: true,
  // <Connect> answers the line, so the caller listens before the AI is there.
  earlyMedia: true,
  transfer: rest,
  dial: rest,
});

/** What Twilio sends unless the TwiML asks for something else; ours never does. */
export const ANNOUNCED_FORMAT: AudioFormat = { encoding: 'mulaw', sampleRate: 8000 };

/** What is known when the webhook comes: enough to open the AI. */
export function announcedInfo(
  call: AnnouncedCall,
  parameters: Readonly<Record<string, string>>,
  capabilities: PlatformCapabilities,
): LegInfo {
  return {
    platform: PLATFORM,
    platformCallId: call.callSid,
    direction: call.direction,
    from: call.from,
    to: call.to,
    callerFormats: [ANNOUNCED_FORMAT],
    agentFormats: [ANNOUNCED_FORMAT],
    parameters: { ...parameters, ...call.order?.parameters },
    ...purpose(call),
    capabilities,
  };
}

/** What is known when the stream starts. Its "start" names no numbers; TwiML passes them as the parameters `from` and `to`. */
export function startedInfo(
  start: TwilioStart,
  format: AudioFormat,
  call: AnnouncedCall | null,
  capabilities: PlatformCapabilities,
): LegInfo {
  const { from, to, ...parameters } = start.parameters;
  return {
    platform: PLATFORM,
    platformCallId: start.callSid,
    direction: call?.direction ?? 'inbound',
    from: call?.from ?? from ?? null,
    to: call?.to ?? to ?? null,
    callerFormats: [format],
    agentFormats: [format],
    parameters: { ...parameters, ...call?.order?.parameters },
    ...purpose(call),
    capabilities,
  };
}

/** What the call is for, where somebody entitled has said so. What was ordered stays here and is not told to Twilio. */
function purpose(call: AnnouncedCall | null): Pick<LegInfo, 'agent' | 'orderId'> {
  if (call?.order !== undefined) return { agent: call.order.agent, orderId: call.order.orderId };
  return call?.agent === undefined ? {} : { agent: call.agent };
}
