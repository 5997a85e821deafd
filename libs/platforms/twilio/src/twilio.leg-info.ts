import type { AudioFormat, LegInfo, PlatformCapabilities } from '#libs/contracts';
import type { TwilioStart } from './twilio.messages.js';
import type { AnnouncedCall } from './twilio.tokens.js';

export const PLATFORM = 'twilio';

export const TWILIO_CAPABILITIES: PlatformCapabilities = {
  marks: true,
  resumeWithinMs: null,
  // Twilio's own sound pauses on some lines; the leg puts silence there.
  continuousCallerAudio: true,
  // <Connect> answers the line, so the caller listens before the AI is there.
  earlyMedia: true,
  transfer: false,
  dial: false,
};

/** What Twilio sends unless the TwiML asks for something else; ours never does. */
export const ANNOUNCED_FORMAT: AudioFormat = { encoding: 'mulaw', sampleRate: 8000 };

/** What is known when the webhook comes: enough to open the AI. */
export function announcedInfo(call: AnnouncedCall, parameters: Readonly<Record<string, string>>): LegInfo {
  return {
    platform: PLATFORM,
    platformCallId: call.callSid,
    direction: call.direction,
    from: call.from,
    to: call.to,
    callerFormats: [ANNOUNCED_FORMAT],
    agentFormats: [ANNOUNCED_FORMAT],
    parameters,
    capabilities: TWILIO_CAPABILITIES,
  };
}

/** What is known when the stream starts. Its "start" names no numbers; TwiML passes them as the parameters `from` and `to`. */
export function startedInfo(start: TwilioStart, format: AudioFormat, call: AnnouncedCall | null): LegInfo {
  const { from, to, ...parameters } = start.parameters;
  return {
    platform: PLATFORM,
    platformCallId: start.callSid,
    direction: call?.direction ?? 'inbound',
    from: call?.from ?? from ?? null,
    to: call?.to ?? to ?? null,
    callerFormats: [format],
    agentFormats: [format],
    parameters,
    capabilities: TWILIO_CAPABILITIES,
  };
}
