import { expect, it } from '@jest/globals';
import { ManualClock } from '#libs/testing';
import { MemoryShelf } from './document-shelf.js';
import { PatientShelf } from './patient-shelf.js';

class HangingShelf extends MemoryShelf {
  hangs = true;
  asked = 0;

  override size(): Promise<number> {
    this.asked++;
    return this.hangs ? new Promise(() => undefined) : super.size();
  }
}

it('a store that hangs is waited for once, then left alone for a while, then asked again', async () => {
  const clock = new ManualClock();
  const hanging = new HangingShelf();
  const shelf = new PatientShelf(hanging, clock);
  const slow = { code: 'AGENT_STORE_SLOW', retryable: true };

  const first = shelf.size();
  clock.advance(4999);
  expect(clock.pending).toBe(1);
  clock.advance(1);
  await expect(first).rejects.toMatchObject(slow);
  await expect(shelf.size()).rejects.toMatchObject(slow);
  expect(hanging.asked).toBe(1);

  hanging.hangs = false;
  clock.advance(4000);
  expect(await shelf.size()).toBe(0);
  expect(hanging.asked).toBe(2);
  await Promise.resolve();
  expect(clock.pending).toBe(0);
});
