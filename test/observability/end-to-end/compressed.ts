const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

/** A minute takes three seconds: what takes half an hour in service is seen in a minute and a half. */
const FACTOR = 20;

function shorter(amount: string, unit: string): string {
  return `${Math.max(2, Math.round((Number(amount) * SECONDS[unit]!) / FACTOR))}s`;
}

/** The same rules or expression with every stretch of time divided: ranges, offsets, `for`, ages in seconds. */
export function compressed(text: string): string {
  return text
    .replace(/\[(\d+)([smhd])(?::(\d+)([smhd]))?\]/g, (_, a, u, step, stepUnit) =>
      step === undefined ? `[${shorter(a, u)}]` : `[${shorter(a, u)}:${shorter(step, stepUnit)}]`,
    )
    .replace(
      /\b(offset |for: |keep_firing_for: )(\d+)([smhd])\b/g,
      (_, word, a, u) => `${word}${shorter(a, u)}`,
    )
    .replace(/(process_start_time_seconds\s*<\s*)(\d+)/g, (_, head, s) => `${head}${Number(s) / FACTOR}`);
}
