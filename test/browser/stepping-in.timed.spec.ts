import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it, jest } from '@jest/globals';
import { placeTwilioCall, startTwilioApi, type TwilioApi } from '#apps/simulator';
import { decodeMulaw, readWav } from '#libs/audio';
import { until } from '#libs/testing';
import { boot } from '../integration/boot.js';
import { ACCOUNT, accountSettings, callTo } from '../integration/twilio-account.js';
import { describeInBrowser } from './chromium.js';
import { ConsolePage } from './console-page.js';
import { microphoneWav } from './fake-microphone.js';
import { likeness } from './likeness.js';
import { closeSite, recordedAgents, type Site, site } from './site.js';

jest.setTimeout(120_000);
afterEach(async () => {
  await closeSite();
  await Promise.all(apis.splice(0).map((api) => api.close()));
});

const apis: TwilioApi[] = [];
const CALLER = '+15550100001';
/** Between what other sentences reach, and what a microphone leaves of one: likeness.ts. */
const ALIKE = 0.75;
/** Longer than a pause within a sentence. */
const SENTENCE_OVER_MS = 1500;

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
    // He does not begin before he is on the line.
    const operator = microphoneWav(4000, 'caller-order', 60_000);
    const { console, call, page } = await atCall(booted, { microphoneWav: operator });
    const { ear } = call.line.record;
    const before = ear.utterances.length;
    await console.button('Take over').click();
    await page.getByText('You are on the line.').waitFor();
    await page.keyboard.press('Escape');
    await page.getByText('Give the call back before you leave this page.').waitFor();
    await until(
      () => ear.utterances.length > before && ear.quietMs(performance.now()) > SENTENCE_OVER_MS,
      'the end of the operator’s sentence',
      20_000,
    );
    await console.button('Give back').click();
    await page.getByText('The agent has the call again.').waitFor();
    await console.button('Take over').waitFor();
    call.hangUp();
    await call.ended;

    const folder = mkdtempSync(join(tmpdir(), 'patchbay-recording-'));
    const { channels, sampleRate } = readWav(readFileSync(await call.writeRecording(folder, 'call')));
    // One piece after the other: where a busy machine lets sound run out for a moment, what follows is later, and not different.
    const heard = decodeMulaw(Buffer.concat(ear.pieces.map(({ bytes }) => bytes)));
    const alike = likeness(heard, sampleRate, 'caller-order');
    process.stdout.write(
      `Take-over: the operator's sentence as the caller heard it, likeness ${alike.toFixed(2)}.\n`,
    );
    expect(alike).toBeGreaterThan(ALIKE);
    expect(likeness(channels[0]!, sampleRate, 'caller-order')).toBeLessThan(ALIKE);
    expect(likeness(heard, sampleRate, 'caller-hours')).toBeLessThan(ALIKE);
    expect(booted.tape.all('operator.acted').map(({ action }) => action)).toEqual(
      expect.arrayContaining(['take-over', 'give-back']),
    );
    expect(console.complaints).toEqual([]);
  });

  it('speaks through the agent, whispers to it, mutes it and hangs up', async () => {
    const booted = await site();
    const { console, call, page } = await atCall(booted);
    const received = () => JSON.stringify(booted.sim.sessions[0]!.received);

    // However much stands beside the transcript, nothing is left empty under it.
    const foot = async (part: string) => {
      const { y, height } = (await page.locator(part).boundingBox())!;
      return Math.round(y + height);
    };
    await page.getByText('Hand the caller on').click();
    expect(await foot('.transcript')).toBe(await foot('.step-in'));

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

  it('sends no half word while an input method still proposes', async () => {
    const booted = await site();
    const { console, call, page } = await atCall(booted);
    const received = () => JSON.stringify(booted.sim.sessions[0]!.received);
    const words = page.getByLabel('What the agent shall say');
    await words.focus();
    const keyboard = await page.context().newCDPSession(page);
    await keyboard.send('Input.imeSetComposition', { text: 'にほ', selectionStart: 2, selectionEnd: 2 });
    // The key takes the proposal, so that it writes nothing by itself.
    const enter = { key: 'Enter', code: 'Enter', windowsVirtualKeyCode: 13 };
    await keyboard.send('Input.dispatchKeyEvent', { type: 'rawKeyDown', ...enter });
    await keyboard.send('Input.dispatchKeyEvent', { type: 'keyUp', ...enter });
    await keyboard.send('Input.insertText', { text: '日本' });
    expect(await words.inputValue()).toBe('日本');
    await page.keyboard.press('Enter');
    await page.getByText('The agent will say this.').waitFor();
    await until(() => received().includes('日本'), 'the words at the AI');
    expect(received()).not.toContain('にほ');
    call.hangUp();
    await call.ended;
    expect(console.complaints).toEqual([]);
  });

  it('is told in words when his microphone brings nothing any more, and the agent gets the call back', async () => {
    const booted = await site();
    const { console, call, page } = await atCall(booted);
    await page.evaluate(`
      const Context = AudioContext;
      window.contexts = [];
      window.AudioContext = class extends Context {
        constructor(options) {
          super(options);
          contexts.push(this);
        }
      };
    `);
    await console.button('Take over').click();
    await page.getByText('You are on the line.').waitFor();
    await page.evaluate('Promise.all(contexts.map((context) => context.suspend()))');
    await page.getByText('No sound has come from your microphone for three seconds').waitFor();
    await page.getByText('take over again').waitFor();
    await console.button('Take over').waitFor();
    const acted = booted.tape.all('operator.acted').map(({ action }) => action);
    expect(acted.filter((action) => action !== 'listen')).toEqual(['take-over', 'give-back']);
    call.hangUp();
    expect((await call.ended).breaches).toEqual([]);
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

  it('pauses the recording, sends keys and hands the caller on', async () => {
    const api = await startTwilioApi(ACCOUNT);
    apis.push(api);
    const booted = await boot({
      ...accountSettings(api),
      AGENTS_DIR: recordedAgents(),
      OUTBOUND_PREFIXES: '+4930',
    });
    const call = placeTwilioCall({
      ...callTo(booted.origin),
      onDial: () => ({ status: 'completed', ringsForMs: 50, talksForMs: 50 }),
    });
    api.add(call);
    const console = await ConsolePage.open(booted.origin);
    const { page } = console;
    await page.getByRole('link', { name: CALLER }).click();

    await console.button('Pause recording').click();
    await page.getByText('What is said now is silence in the recording.').waitFor();
    await page.getByText('Paused by this machine').waitFor();
    await console.button('Resume recording').click();
    await console.button('Pause recording').waitFor();
    expect(await console.violations()).toEqual([]);

    await page.getByText('Send keys').click();
    await page.getByLabel('Keys to send').fill('12x');
    await page.getByText('These are not all keys of a telephone.').waitFor();
    await page.getByLabel('Keys to send').fill('12w#');
    await console.button('Send').click();
    await page.getByText('The keys are being sent.').waitFor();

    await page.getByText('Hand the caller on').click();
    await page.getByLabel('To', { exact: true }).fill('nobody');
    await console.button('Hand on').click();
    await page.getByText('to must be a number').waitFor();
    await page.getByLabel('To', { exact: true }).fill('+493023125099');
    expect(await console.violations()).toEqual([]);
    await console.button('Hand on').click();
    await page.getByRole('heading', { name: 'This call has ended' }).waitFor();
    await page.locator('.ending', { hasText: 'Handed on' }).waitFor();
    expect(await call.ended).toMatchObject({ breaches: [], platformSaid: [] });
    expect(booted.tape.all('recording.paused')).toEqual([{ by: 'this machine' }]);
    expect(booted.tape.all('recording.resumed')).toEqual([{ by: 'this machine' }]);
    const acted = booted.tape.all('operator.acted').map(({ action }) => action);
    expect(acted).toEqual(expect.arrayContaining(['send-dtmf', 'transfer']));

    await console.button('Open the record').click();
    await page.getByText('an operator', { exact: true }).waitFor();
    await page.locator('audio').waitFor();
    // The browser itself writes down that the first target was refused.
    expect(console.complaints.filter((each) => !/\b400\b/.test(each))).toEqual([]);
  });
});
