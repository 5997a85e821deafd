import type { LegInfo, LegListener } from '#libs/contracts';

/** What is known of a call once this leg is its leg. One that came back knows less than the one the call began with. */
export function withLeg(info: LegInfo, leg: LegInfo): LegInfo {
  return {
    ...info,
    ...leg,
    from: leg.from ?? info.from,
    to: leg.to ?? info.to,
    parameters: { ...info.parameters, ...leg.parameters },
  };
}

/** The platform told more after the offer. */
export function withDetails(info: LegInfo, details: Parameters<LegListener['onDetails']>[0]): LegInfo {
  const { to, from, parameters } = details;
  return {
    ...info,
    to: to ?? info.to,
    from: from ?? info.from,
    parameters: { ...info.parameters, ...parameters },
  };
}
