import {
  type AiCapabilities,
  type AudioFormat,
  type LegFormats,
  type LegInfo,
  sameFormat,
} from '#libs/contracts';
import { noCommonFormat } from '../errors.js';

/** What flows on each side of the gateway; equal formats are passed through untouched. */
export interface NegotiatedFormats {
  readonly leg: LegFormats;
  readonly ai: LegFormats;
}

const RATES = [8000, 16000, 24000, 48000];

function convertible(format: AudioFormat): boolean {
  return RATES.includes(format.sampleRate);
}

/**
 * One direction: a format both sides share, if there is one (the maker's favourite first); otherwise the maker's favourite
 * and the taker's favourite, converted once.
 */
function pair(
  from: readonly AudioFormat[],
  to: readonly AudioFormat[],
  fromName: string,
  toName: string,
): readonly [AudioFormat, AudioFormat] {
  for (const made of from) {
    const taken = to.find((format) => sameFormat(format, made));
    if (taken) return [made, taken];
  }
  const made = from.find(convertible);
  const taken = to.find(convertible);
  if (!made) throw noCommonFormat(fromName);
  if (!taken) throw noCommonFormat(toName);
  return [made, taken];
}

/** Throws GatewayError CALL_NO_COMMON_FORMAT when one side names nothing that can be converted. */
export function negotiate(leg: LegInfo, ai: AiCapabilities): NegotiatedFormats {
  const [legCaller, aiCaller] = pair(leg.callerFormats, ai.callerFormats, 'platform', 'AI backend');
  const [aiAgent, legAgent] = pair(ai.agentFormats, leg.agentFormats, 'AI backend', 'platform');
  return {
    leg: { caller: legCaller, agent: legAgent },
    ai: { caller: aiCaller, agent: aiAgent },
  };
}

/** The same, as events tell it. */
export function formatsOf({ leg, ai }: NegotiatedFormats) {
  return {
    callerFormat: leg.caller,
    agentFormat: leg.agent,
    aiCallerFormat: ai.caller,
    aiAgentFormat: ai.agent,
  };
}
