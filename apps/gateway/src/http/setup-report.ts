import type { SetupEntry } from '#libs/contracts';

export const SETUP_REPORT = Symbol.for('patchbay.setup-report');

/** What the start-up page and the console's set-up page tell; made when asked for, since the port may be known only then. */
export type SetupReport = () => SetupFacts;

const STATES: Readonly<Record<SetupEntry['state'], string>> = {
  ready: '[ready]',
  'loopback-only': '[this machine only]',
  incomplete: '[incomplete]',
};

export interface SetupFacts {
  readonly origin: string;
  readonly isPublic: boolean;
  readonly backend: string;
  readonly maxCalls: number;
  readonly entries: readonly SetupEntry[];
}

export function renderSetup(facts: SetupFacts): string {
  const lines = [
    '',
    '  Patchbay: phone calls talk with an AI',
    '',
    `  Answering now: ${facts.backend}, up to ${facts.maxCalls} calls at once`,
    `  Origin: ${facts.origin}${facts.isPublic ? '' : ' (set PUBLIC_URL to the https origin of your tunnel or proxy)'}`,
    '',
  ];
  for (const entry of facts.entries) {
    lines.push(`  ${entry.title} ${STATES[entry.state]}`);
    for (const line of entry.lines) lines.push(`      ${line}`);
    for (const { where, text } of entry.snippets ?? [])
      lines.push(`      ${where}`, ...text.split('\n').map((line) => `        ${line}`));
  }
  return `${lines.join('\n')}\n`;
}
