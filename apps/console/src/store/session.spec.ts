import { describe, expect, it } from '@jest/globals';
import { Session } from './session.js';

const OPERATOR = { name: 'console', role: 'admin' } as const;

function sessionWith(...answers: (Response | Error)[]): Session {
  return new Session(
    async () => {
      const answer = answers.shift();
      if (answer instanceof Response) return answer;
      throw answer ?? new Error('Nothing was expected to be asked.');
    },
    () => Date.parse('2026-01-01T00:00:00Z'),
  );
}

const json = (value: object, headers: Record<string, string> = {}) => Response.json(value, { headers });

describe('being let in', () => {
  it.each([
    [
      { operator: OPERATOR, needsToken: true },
      { phase: 'in', operator: OPERATOR, needsToken: true },
    ],
    [{ operator: null, needsToken: true, reason: 'no-credentials' }, { phase: 'log-in' }],
    [
      { operator: null, needsToken: false, reason: 'loopback-only' },
      { phase: 'not-allowed', reason: 'loopback-only' },
    ],
    [
      { operator: null, needsToken: true, reason: 'foreign-origin' },
      { phase: 'not-allowed', reason: 'foreign-origin' },
    ],
  ])('follows from what the gateway answers: %j', async (answer, state) => {
    const session = sessionWith(json(answer));
    await session.ask();
    expect(session.state.get()).toEqual(state);
  });

  it('stays as it is while a gateway that was there cannot be asked', async () => {
    const session = sessionWith(json({ operator: OPERATOR, needsToken: true }), new Error('down'));
    expect(await session.ask()).toBe(true);
    await expect(session.ask()).rejects.toThrow('down');
    expect(session.state.get().phase).toBe('in');
    const fresh = sessionWith(new Error('down'));
    await fresh.ask();
    expect(fresh.state.get()).toEqual({ phase: 'unreachable' });
  });

  it('says in words why a log-in did not work', async () => {
    const logIn = (...answers: (Response | Error)[]) => sessionWith(...answers).logIn('t');
    expect(await logIn(new Response(null, { status: 401 }))).toContain('not the ADMIN_TOKEN');
    expect(await logIn(new Response(null, { status: 429 }))).toContain('Wait a minute');
    expect(await logIn(new Error('down'))).toContain('cannot be reached');
    const there = json({ operator: OPERATOR, needsToken: true });
    expect(await logIn(new Response(null, { status: 204 }), there)).toBeNull();
    const stillOut = json({ operator: null, needsToken: true, reason: 'no-credentials' });
    expect(await logIn(new Response(null, { status: 204 }), stillOut)).toContain('cookies');
  });

  it('knows how far the gateway’s clock is ahead, if by more than the way takes', async () => {
    const answer = { operator: OPERATOR, needsToken: false };
    const ahead = sessionWith(json(answer, { date: 'Thu, 01 Jan 2026 00:01:00 GMT' }));
    await ahead.ask();
    expect(ahead.aheadMs).toBe(60_500);
    const same = sessionWith(json(answer, { date: 'Thu, 01 Jan 2026 00:00:01 GMT' }));
    await same.ask();
    expect(same.aheadMs).toBe(0);
  });
});
