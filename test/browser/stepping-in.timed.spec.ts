import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it, jest } from '@jest/globals';
import { placeTwilioCall } from '#apps/simulator';
import { readWav } from '#libs/audio';
import { until } from '#libs/testing';
import { describeInBrowser } from './chromium.js';
import { ConsolePage } from './console-page.js';
import { microphoneWav } from './fake-microphone.js';
import { likeness } from './likeness.js';
import { closeSite, type Site, site } from './site.js';

jest.setTimeout(120_000);
afterEach(closeSite);

const CALLER = '+15550100001';
/** Between what other sentences reach, and what a microphone leaves of one: likeness.ts. */
const ALIKE = 0.75;

/** A caller who stays until somebody else ends the call, and the console at it. */
async function atCall(booted: Site, options: Parameters<typeof ConsolePage.open>[1] = {}) {
  const console = await ConsolePage.open(booted.origin, options);
  const call = placeTwilioCall({
    webhookUrl: `${booted.origin}/twilio/voice`,
    script: (caller) => caller.pause(100_000),
  });
  await console.page.getByRole('link', { name: CALLER }).click();
  await until(() => booted.tape.types.includes('agent.item.heard'), 'the greeting', 20_000);
  return { console, call, page: console.page };
}

describeInBrowser('an operator who steps in from the console', () => {
  it('takes over with his own voice, which the caller hears, and gives the call back', async () => {
    const booted = await site();
    const operator = microphoneWav(1500, 'caller-order', 60_000);
    const { console, call, page } = await atCall(booted, { microphoneWav: operator });
    await console.button('Take over').click();
    await page.getByText('You are on the line.').waitFor();
    const sinceMs = performance.now();
    await until(() => performance.now() - sinceMs > 6500, 'the end of the operator’s sentence');
    await console.button('Give back').click();
    await page.getByText('The agent has the call again.').waitFor();
    await console.button('Take over').waitFor();
    call.hangUp();
    await call.ended;

    const folder = mkdtempSync(join(tmpdir(), 'patchbay-recording-'));
    const { channels, sampleRate } = readWav(readFileSync(await call.writeRecording(folder, 'call')));
    const alike = likeness(channels[1]!, sampleRate, 'caller-order');
    process.stdout.write(
      `Take-over: the operator's sentence in the caller's recording, likeness ${alike.toFixed(2)}.\n`,
    );
    expect(alike).toBeGreaterThan(ALIKE);
    expect(likeness(channels[0]!, sampleRate, 'caller-order')).toBeLessThan(ALIKE);
    expect(likeness(channels[1]!, sampleRate, 'caller-hours')).toBeLessThan(ALIKE);
    expect(booted.tape.all('operator.acted').map(({ action }) => action)).toEqual(
      expect.arrayContaining(['take-over', 'give-back']),
    );
    expect(console.complaints).toEqual([]);
  });

  it('speaks through the agent, whispers to it, mutes it and hangs up', async () => {
    const booted = await site();
    const { console, call, page } = await atCall(booted);
    const received = () => JSON.stringify(booted.sim.sessions[0]!.received);

    await page.getByLabel('What the agent shall say').fill('One moment please.');
    await console.button('Say it').click();
    await page.getByText('The agent will say this.').waitFor();
    await until(() => received().includes('One moment please.'), 'the words at the AI');

    await page.getByText('Whisper to the agent').click();
    await page.getByLabel('What the agent shall know').fill('Offer a discount.');
    await console.button('Whisper it').click();
    await page.getByText('The agent knows; the caller did not hear it.').waitFor();
    await until(() => received().includes('Offer a discount.'), 'the whisper at the AI');

    await console.button('Mute agent').click();
    await page.getByText('The caller does not hear the agent now.').waitFor();
    await console.button('Unmute agent').click();
    await page.getByText('The agent is heard again.').waitFor();

    await console.button('Hang up').click();
    await page.getByRole('dialog').getByRole('button', { name: 'Hang up', exact: true }).click();
    await page.getByRole('heading', { name: 'This call has ended' }).waitFor();
    await page.getByText('Operator hung up').first().waitFor();
    await call.ended;
    expect(booted.tape.all('operator.acted').map(({ action }) => action)).toEqual(
      expect.arrayContaining(['say', 'whisper', 'mute', 'hang-up']),
    );
    expect(console.complaints).toEqual([]);
  });

  it('is told in words when his microphone is refused, and the agent keeps the call', async () => {
    const booted = await site();
    const { console, call, page } = await atCall(booted, { refusesMicrophone: true });
    await console.button('Take over').click();
    await page.getByText('The microphone was refused.').waitFor();
    expect(booted.tape.all('operator.acted').map(({ action }) => action)).not.toContain('take-over');
    await console.button('Take over').waitFor();
    call.hangUp();
    expect((await call.ended).breaches).toEqual([]);
    expect(console.complaints).toEqual([]);
  });
});
