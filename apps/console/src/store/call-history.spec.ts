import { describe, expect, it } from '@jest/globals';
import type { CallRecord, Page } from '#libs/contracts';
import { ManualClock } from '#libs/testing';
import { Api } from './api.js';
import { CallHistory } from './call-history.js';
import { ANY_CALL, isAnyCall, queryOf } from './history-filter.js';

/** A gateway in the hands of a test: each request waits until it is answered. */
function archive() {
  const asked: { url: URL; answer: (response: Response) => void; fail: (error: Error) => void }[] = [];
  const loggedOut: number[] = [];
  const request = (path: string, init?: RequestInit) =>
    new Promise<Response>((answer, fail) => {
      init?.signal?.addEventListener('abort', () => fail(new DOMException('Given up.', 'AbortError')));
      asked.push({ url: new URL(path, 'http://gateway.example/'), answer, fail });
    });
  const clock = new ManualClock();
  const api = new Api(request as typeof fetch, () => loggedOut.push(1));
  const history = new CallHistory(api, clock);
  const ids = () => history.state.get().calls?.map(({ callId }) => callId);
  const answer = async (index: number, page: Page<Partial<CallRecord>>) => {
    asked[index]!.answer(Response.json(page));
    await settled();
  };
  return { asked, loggedOut, clock, history, ids, answer };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));
const call = (callId: string, change: Partial<CallRecord> = {}) => ({
  callId,
  agent: 'default',
  platform: 'twilio',
  ...change,
});

describe('the stored calls', () => {
  it('come page by page, the next behind those that are there', async () => {
    const { history, asked, ids, answer } = archive();
    history.look();
    expect(history.state.get()).toMatchObject({ looking: 'first-page', calls: null });
    await answer(0, { items: [call('a'), call('b', { agent: 'sales' })], nextCursor: 'after-b' });
    expect(history.state.get()).toMatchObject({ looking: null, nextCursor: 'after-b' });
    history.more();
    history.more();
    expect(asked).toHaveLength(2);
    expect(asked[1]!.url.searchParams.get('cursor')).toBe('after-b');
    await answer(1, { items: [call('c')], nextCursor: null });
    expect(ids()).toEqual(['a', 'b', 'c']);
    history.more();
    expect(asked).toHaveLength(2);
    expect(history.agents).toEqual(['default', 'sales']);
  });

  it('are asked for once somebody has stopped typing, and a late answer to earlier letters is not shown', async () => {
    const { history, asked, clock, ids, answer } = archive();
    history.look();
    await answer(0, { items: [call('old')], nextCursor: 'more' });
    history.lookFor({ ...ANY_CALL, text: 'h' }, { soon: true });
    clock.advance(300);
    history.lookFor({ ...ANY_CALL, text: 'ho' }, { soon: true });
    history.lookFor({ ...ANY_CALL, text: 'hours' }, { soon: true });
    // A page of the old filter must not come behind the calls of the new one.
    history.more();
    clock.advance(299);
    expect(asked).toHaveLength(2);
    clock.advance(1);
    expect(asked.at(-1)!.url.searchParams.get('text')).toBe('hours');
    await answer(2, { items: [call('new')], nextCursor: null });
    await answer(1, { items: [call('late')], nextCursor: null });
    expect(ids()).toEqual(['new']);
  });

  it('stay on the page when the next cannot be had, and the reason is told', async () => {
    const { history, asked, ids, answer } = archive();
    history.look();
    await answer(0, { items: [call('a')], nextCursor: 'after-a' });
    history.more();
    const problem = { code: 'STORE_AWAY', title: 'Service Unavailable', detail: 'The database is away.' };
    asked[1]!.answer(Response.json({ ...problem, advice: 'Wait.' }, { status: 503 }));
    await settled();
    expect(ids()).toEqual(['a']);
    expect(history.state.get()).toMatchObject({
      looking: null,
      error: { code: 'STORE_AWAY', message: 'The database is away.', advice: 'Wait.', status: 503 },
    });
    history.look();
    asked[2]!.fail(new TypeError('Failed to fetch'));
    await settled();
    expect(history.state.get().error).toMatchObject({ code: 'NO_ANSWER', status: 0 });
  });

  it('lead to the log-in when the gateway wants one', async () => {
    const { history, asked, loggedOut } = archive();
    history.look();
    asked[0]!.answer(new Response('not even JSON', { status: 401 }));
    await settled();
    expect(loggedOut).toHaveLength(1);
    expect(history.state.get().error).toMatchObject({ code: 'UNKNOWN', status: 401 });
  });
});

describe('what is looked for', () => {
  it('is asked without what is empty, and with numbers as they are kept', () => {
    expect(queryOf(ANY_CALL)).toEqual({});
    expect(isAnyCall({ ...ANY_CALL, text: '  ' })).toBe(true);
    expect(queryOf({ ...ANY_CALL, text: ' opening hours ', party: '+1 (555) 010-0001' })).toEqual({
      text: 'opening hours',
      party: '+15550100001',
    });
    expect(queryOf({ ...ANY_CALL, party: ' sip:a-b@c.example ', endReason: 'transferred' })).toEqual({
      party: 'sip:a-b@c.example',
      endReason: 'transferred',
    });
  });

  it('is a day from midnight to midnight here, and no day where it is none', () => {
    const { fromAt, beforeAt } = queryOf({ ...ANY_CALL, day: '2026-03-29' });
    expect([new Date(fromAt!).getHours(), new Date(beforeAt!).getHours()]).toEqual([0, 0]);
    expect(new Date(beforeAt!).getDate()).toBe(30);
    expect(queryOf({ ...ANY_CALL, day: '2026-99-99' })).toEqual({});
  });
});
