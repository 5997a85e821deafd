/**
 * Cases of the corpus that are known to be missed, and stand as missed in the README's table. A case that is mended leaves this
 * list; none may come to it without being seen.
 */
export const KNOWN_MISSES: Readonly<Record<string, readonly string[]>> = {
  snr: ['mulaw/8000 snr pink 30 dB'],
  clipping: ['mulaw/24000 recorded, clipped 0.1 %, turned down 10 dB'],
  tones: [
    'mulaw/16000 150 Hz -25 dBm0',
    'mulaw/16000 150 Hz -3 dBm0',
    'mulaw/16000 80 Hz -13 dBm0',
    'mulaw/24000 1477 Hz -40 dBm0',
    'mulaw/24000 80 Hz -3 dBm0',
    'mulaw/24000 90 Hz -3 dBm0',
    'mulaw/8000 106 Hz -10 dBm0',
    'mulaw/8000 150 Hz -13 dBm0',
    'mulaw/8000 150 Hz -33 dBm0',
    'mulaw/8000 333 Hz -40 dBm0',
    'mulaw/8000 80 Hz -7.3 dBm0',
    'pcm16/8000 keys -3 dBm0',
  ],
  quiet: [
    'mulaw/16000 agent-answer alone at -45 dBov',
    'mulaw/16000 agent-greeting alone at -38 dBov',
    'mulaw/16000 agent-greeting alone at -45 dBov',
    'mulaw/16000 carlo-mailbox alone at -45 dBov',
    'mulaw/16000 synthetic -45 dBov',
    'mulaw/24000 agent-greeting alone at -38 dBov',
    'mulaw/24000 agent-greeting alone at -45 dBov',
    'mulaw/8000 recorded -45 dBov',
    'mulaw/8000 synthetic -38 dBov',
    'mulaw/8000 synthetic -45 dBov',
    'pcm16/16000 agent-greeting alone at -38 dBov',
    'pcm16/16000 agent-greeting alone at -45 dBov',
    'pcm16/16000 carlo-mailbox alone at -45 dBov',
    'pcm16/24000 agent-greeting alone at -38 dBov',
    'pcm16/24000 agent-greeting alone at -45 dBov',
    'pcm16/24000 carlo-mailbox alone at -45 dBov',
    'pcm16/24000 recorded -45 dBov',
  ],
};
