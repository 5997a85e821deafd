import { afterEach, expect, it, jest } from '@jest/globals';
import { placeTwilioCall } from '#apps/simulator';
import { until } from '#libs/testing';
import { describeInBrowser } from './chromium.js';
import { ConsolePage, type Opened } from './console-page.js';
import { closeSite, site } from './site.js';

jest.setTimeout(120_000);
afterEach(closeSite);

const CALLER = '+15550100001';

const isClosed = ({ contexts }: Opened) => contexts.every((state) => state === 'closed');
const isEnded = ({ tracks }: Opened) => tracks.every((state) => state === 'ended');

/** The page of all calls, while no call is there. */
async function leave(console: ConsolePage): Promise<void> {
  await console.show('#/calls');
  await console.page.getByText('No calls yet').waitFor();
}

describeInBrowser('a page that is left while the browser still opens sound', () => {
  it('leaves no softphone behind when the person was still asked for the microphone', async () => {
    const booted = await site();
    const console = await ConsolePage.open(booted.origin, { holds: 'microphone' });
    await console.show('#/try');
    await console.button('Call the agent').click();
    await console.isHeld();
    await leave(console);
    await console.letGo();
    const opened = await console.opened((each) => each.tracks.length > 0 && isEnded(each) && isClosed(each));
    expect(opened).toMatchObject({ tracks: ['ended'], lines: 0, askedForMicrophone: 1 });
    expect(booted.tape.types).not.toContain('call.offered');
    expect(console.complaints).toEqual([]);
  });

  it('asks for no microphone when the loudspeaker was still being opened', async () => {
    const booted = await site();
    const console = await ConsolePage.open(booted.origin, { holds: 'loudspeaker' });
    await console.show('#/try');
    await console.button('Call the agent').click();
    await console.isHeld();
    await leave(console);
    await console.letGo();
    const opened = await console.opened(isClosed);
    expect(opened).toEqual({ contexts: ['closed'], tracks: [], lines: 0, askedForMicrophone: 0 });
    expect(booted.tape.types).not.toContain('call.offered');
    expect(console.complaints).toEqual([]);
  });

  it('takes no call over when the operator was still asked for the microphone', async () => {
    const booted = await site();
    const console = await ConsolePage.open(booted.origin, { holds: 'microphone' });
    const { page } = console;
    const call = placeTwilioCall({
      webhookUrl: `${booted.origin}/twilio/voice`,
      script: (caller) => caller.pause(100_000),
    });
    await page.getByRole('link', { name: CALLER }).click();
    await until(() => booted.tape.types.includes('agent.item.heard'), 'the greeting', 20_000);
    await console.button('Take over').click();
    await console.isHeld();
    await console.show('#/calls');
    await page.getByRole('link', { name: CALLER }).waitFor();
    await console.letGo();
    const opened = await console.opened((each) => each.tracks.length > 0 && isEnded(each) && isClosed(each));
    expect(opened).toMatchObject({ tracks: ['ended'], askedForMicrophone: 1 });
    // The page is told of the call over the socket on which it would have taken it over.
    await page.getByRole('link', { name: CALLER }).click();
    await console.button('Take over').waitFor();
    expect(booted.tape.all('operator.acted').map(({ action }) => action)).not.toContain('take-over');
    call.hangUp();
    expect((await call.ended).breaches).toEqual([]);
    expect(console.complaints).toEqual([]);
  });
});
