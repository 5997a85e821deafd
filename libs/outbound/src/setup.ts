import type { SetupEntry } from '#libs/contracts';
import type { OutboundConfig } from './outbound.config.js';

/** What the start-up page says about placing calls. `platforms`: those that can. */
export function outboundSetup(config: OutboundConfig, platforms: readonly string[]): SetupEntry {
  const missing = [
    ...(platforms.length === 0 ? ['no platform is set up to place calls'] : []),
    ...(config.allowedPrefixes.length === 0
      ? ['nobody may be called: set OUTBOUND_PREFIXES, such as +49,+1212']
      : []),
  ];
  if (missing.length > 0) return { title: 'Outbound calls', state: 'incomplete', lines: missing };
  const { allowedPrefixes, callsPerSecond, maxConcurrent, spendPerDayUsd, windows } = config;
  return {
    title: 'Outbound calls',
    state: 'ready',
    lines: [
      `over   ${platforms.join(', ')}`,
      `to     ${allowedPrefixes.join(', ')}`,
      `limits ${callsPerSecond} a second, ${maxConcurrent} at a time, $${spendPerDayUsd} a day`,
      `when   ${windows.length === 0 ? 'always' : windows.join('; ')}`,
    ],
  };
}
