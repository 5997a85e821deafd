/** What the gateway's health says to somebody whose call it did not take. */
const WHY: Readonly<Record<string, string>> = {
  full: 'All lines are busy: the gateway carries as many calls as it may. Try again when one has ended.',
  draining:
    'The gateway takes no new calls, since it is about to be stopped. Try again when it has been started anew.',
};

/** Null: the gateway takes calls, as far as it says. Never rejects. */
export async function lineTrouble(
  request: (path: string) => Promise<Response>,
): Promise<{ readonly code: string; readonly message: string } | null> {
  try {
    const answer = (await (await request('health/ready')).json()) as { status?: unknown } | null;
    const code = String(answer?.status);
    const message = Object.hasOwn(WHY, code) ? WHY[code] : undefined;
    return message === undefined ? null : { code, message };
  } catch {
    return { code: 'unreachable', message: 'The gateway cannot be reached. Try again in a moment.' };
  }
}
