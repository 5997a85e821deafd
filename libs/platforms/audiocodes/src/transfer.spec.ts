import { describe, expect, it } from '@jest/globals';
import { ManualClock } from '#libs/testing';
import { Transfer, transferTarget } from './transfer.js';

describe('a transfer target', () => {
  it.each([
    ['tel:+15550123', 'tel:+15550123'],
    ['sip:queue@pbx.example:5060;transport=tls', 'sip:queue@pbx.example:5060;transport=tls'],
    ['SIPS:q@pbx.example', 'SIPS:q@pbx.example'],
    [' +1 (555) 012-3 ', 'tel:+15550123'],
    ['100', 'tel:100'],
    ['*72', 'tel:*72'],
    ['queue@pbx.example', 'sip:queue@pbx.example'],
    ['queue@192.0.2.1:5080', 'sip:queue@192.0.2.1:5080'],
  ])('%s becomes %s', (given, target) => {
    expect(transferTarget(given)).toBe(target);
  });

  it.each(['', '+', 'nobody', 'http://x.example', 'sip:', 'sip:a b@x', 'sip:a@x\r\nVia: y', 'a@b@c'])(
    '%j is none',
    (given) => {
      expect(transferTarget(given)).toBeNull();
    },
  );
});

describe('a transfer', () => {
  it('leaves no timer behind, however it ends', async () => {
    const clock = new ManualClock();
    const transfer = new Transfer(clock);
    const ordered: string[] = [];
    const ended: Promise<void>[] = [];
    for (const status of ['answered', 'failed']) {
      ended.push(transfer.begin('100', 1000, (target) => ordered.push(target)).catch(() => undefined));
      expect(transfer.status({ status, reasonCode: 'x' })).toBe(true);
      expect(transfer.pending).toBe(false);
    }
    await Promise.all(ended);
    expect(ordered).toEqual(['tel:100', 'tel:100']);
    expect(clock.pending).toBe(0);
  });

  it('does not take a status that has not the documented shape for one', () => {
    const transfer = new Transfer(new ManualClock());
    for (const value of [null, 'answered', [], {}, { status: 'maybe' }])
      expect(transfer.status(value)).toBe(false);
  });
});
