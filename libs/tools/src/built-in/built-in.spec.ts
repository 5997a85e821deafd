import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { failureOf } from '../../test/http-rig.js';
import { ShelfRig, use } from '../../test/shelf-rig.js';

let rig: ShelfRig;

beforeEach(() => {
  rig = new ShelfRig();
});

afterEach(() => rig.close());

describe('built-in tools', () => {
  it('hang up when the last word was heard', async () => {
    expect(await use(rig.box('hang_up'), 'hang_up')).toMatch(/Say nothing more/);
    expect(rig.call.asked).toEqual([['hangUpAfterLastWord', 'agent']]);
  });

  it('say when the call is over', async () => {
    const failure = await failureOf(() => use(rig.box('hang_up'), 'hang_up', {}, 'another call'));
    expect(failure.code).toBe('TOOL_CALL_GONE');
  });

  it('press keys, of those that there are', async () => {
    const box = rig.box('send_dtmf');
    expect(await use(box, 'send_dtmf', { digits: '1w#' })).toBe('The keys were sent.');
    const wrong = await failureOf(() => use(box, 'send_dtmf', { digits: '1x' }));
    expect(wrong.code).toBe('TOOL_ARGUMENTS_WRONG');
    expect(rig.call.asked).toEqual([['sendDtmf', '1w#', 'agent']]);
    rig.call.takesKeys = false;
    expect(await failureOf(() => use(box, 'send_dtmf', { digits: '1' }))).toMatchObject({
      code: 'TOOL_REFUSED',
    });
  });

  it('tell the model the keys that the caller pressed', async () => {
    const box = rig.box({ collect_digits: { maxDigits: 4, finishKey: null, timeoutMs: 2000 } });
    rig.call.keys = { digits: '4711', complete: true };
    expect(await use(box, 'collect_digits')).toBe('The caller pressed: 4 7 1 1');
    expect(rig.call.asked).toEqual([
      ['collectDigits', { maxDigits: 4, finishKey: null, timeoutMs: 2000, sensitive: false }],
    ]);
    expect(box.timeoutMsOf?.('collect_digits')).toBeGreaterThan(5 * 2000);
    rig.call.keys = { digits: '47', complete: false };
    expect(await use(box, 'collect_digits')).toBe('The caller pressed 4 7 and then nothing more.');
    rig.call.keys = { digits: '', complete: false };
    expect(await use(box, 'collect_digits')).toBe('The caller pressed nothing in time.');
  });

  it('bring keys that the model shall not know to a webhook, and only if all were pressed', async () => {
    const server = await rig.serve((_, response) => response.end('The card was taken.'));
    expect(rig.box('hang_up', { collect_digits: {} }).sensitiveKeys).toBe(false);
    const box = rig.box({ collect_digits: { name: 'take_card', deliverTo: { url: server.url() } } });
    rig.call.keys = { digits: '4111', complete: false };
    expect(await use(box, 'take_card')).toMatch(/Nothing was done/);
    rig.call.keys = { digits: '4111111111111111', complete: true };
    expect(await use(box, 'take_card')).toBe('The card was taken.');
    expect(server.seen).toHaveLength(1);
    expect(JSON.parse(server.seen[0]!.body).data.arguments).toEqual({ digits: '4111111111111111' });
    expect(rig.call.asked[0]).toMatchObject(['collectDigits', { sensitive: true }]);
    // Before it begins, too, nobody shall keep them.
    expect(box.sensitiveKeys).toBe(true);
  });
});

describe('transfer', () => {
  const destinations = {
    sales: '+493012345',
    support: { to: 'sip:support@example.com', description: 'Broken things.', say: 'One moment.' },
  };

  it('goes to a name that the agent was given; the model never sees the number', async () => {
    const box = rig.box({ transfer: { destinations } });
    expect(JSON.stringify(box.definitions)).not.toMatch(/493012345|example\.com/);
    expect(JSON.stringify(box.definitions)).toContain('support: Broken things.');
    expect(await use(box, 'transfer', { destination: 'support' })).toMatch(/handed on/);
    expect(rig.call.asked).toEqual([
      ['transfer', { to: 'sip:support@example.com', say: 'One moment.' }, 'agent'],
    ]);
  });

  it.each(['tel:+493012345', '+49 (30) 12-345'])('goes to a name whose number is written %s', async (to) => {
    const box = rig.box({ transfer: { destinations: { sales: to, support: { to } } } });
    await use(box, 'transfer', { destination: 'sales' });
    await use(box, 'transfer', { destination: 'support' });
    expect(rig.call.asked).toEqual([
      ['transfer', expect.objectContaining({ to: '+493012345' }), 'agent'],
      ['transfer', expect.objectContaining({ to: '+493012345' }), 'agent'],
    ]);
  });

  it.each([
    { destination: '+49900123' },
    { destination: 'Sales' },
    { destination: 'constructor' },
    { number: '+493012345' },
    { destination: 'sales', number: '+49900123' },
    {},
  ])('goes nowhere else, whatever the model writes: %j', async (args) => {
    const box = rig.box({ transfer: { destinations } });
    const { code } = await failureOf(() => use(box, 'transfer', args));
    expect(code).toBe('TOOL_ARGUMENTS_WRONG');
    expect(rig.call.asked).toEqual([]);
  });

  it('goes to a number of the model where its beginning is allowed', async () => {
    const box = rig.box({ transfer: { destinations, anyNumber: ['+4930'] } });
    await use(box, 'transfer', { number: '+49 (30) 901820' });
    await use(box, 'transfer', { number: '', destination: 'sales' });
    expect(rig.call.asked).toEqual([
      ['transfer', { to: '+4930901820', say: null }, 'agent'],
      ['transfer', expect.objectContaining({ to: '+493012345' }), 'agent'],
    ]);
  });

  it.each([
    '+49900123456',
    '+4930',
    '030901820',
    'sip:x@+4930',
    '+4930901820;ext=9',
    '+1 (4930) 555-0100',
    '+49309018201234567890',
  ])('does not go to %s', async (number) => {
    const box = rig.box({ transfer: { anyNumber: ['+4930'] } });
    const { code } = await failureOf(() => use(box, 'transfer', { number }));
    expect(code).toBe('TOOL_REFUSED');
    expect(rig.call.asked).toEqual([]);
  });

  it('tells the model that the caller is still there when it fails', async () => {
    rig.call.transferFails = true;
    const box = rig.box({ transfer: { destinations } });
    const failure = await failureOf(() => use(box, 'transfer', { destination: 'sales' }));
    expect(failure).toMatchObject({ code: 'TRANSFER_UNSUPPORTED' });
    expect(failure.message).toMatch(/still with you/);
  });
});
