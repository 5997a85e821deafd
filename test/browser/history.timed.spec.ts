import { readFileSync } from 'node:fs';
import { afterEach, expect, it, jest } from '@jest/globals';
import { placeTwilioCall, SHIPPED_WORDS, type ShippedSpeech, shippedSpeech } from '#apps/simulator';
import { readWav } from '#libs/audio';
import { until } from '#libs/testing';
import { describeInBrowser } from './chromium.js';
import { ConsolePage } from './console-page.js';
import { keepCalls } from './kept-calls.js';
import { closeSite, recordedAgents, type Site, site } from './site.js';

jest.setTimeout(120_000);
afterEach(closeSite);

const HOURS = '+15550100001';
const ORDER = '+15550100002';
const PHONE = { width: 360, height: 720 };

const recordingSite = () => site({ thinkMs: 300 }, { AGENTS_DIR: recordedAgents() });

/** A caller who asks something, and cuts the answer off with something else. */
async function askedAndInterrupted({ origin }: Site, from: string, question: ShippedSpeech): Promise<void> {
  const call = placeTwilioCall({
    webhookUrl: `${origin}/twilio/voice`,
    from,
    script: async (caller) => {
      await caller.listen();
      await caller.say(shippedSpeech(question));
      await caller.interrupt(2000, shippedSpeech('caller-stop'));
      await caller.listen();
    },
  });
  expect(await call.ended).toMatchObject({ breaches: [], failures: [] });
}

const SEEKS = `window.seeks = [];
document.querySelector('audio').addEventListener('seeking', (event) => seeks.push(event.target.currentTime))`;
/** Of 16-bit samples: a voice, not noise. */
const LOUD = 1000;
/** Between where a line says that it begins and where the voice is in the recording. */
const SEEKS_WITHIN_S = 0.5;

describeInBrowser('calls that are over', () => {
  it('are found by a word that was said, and are read, heard and saved', async () => {
    const booted = await recordingSite();
    await Promise.all([
      askedAndInterrupted(booted, HOURS, 'caller-hours'),
      askedAndInterrupted(booted, ORDER, 'caller-order'),
    ]);
    await until(() => booted.tape.all('recording.saved').length === 2, 'both recordings', 20_000);
    const console = await ConsolePage.open(booted.origin);
    const { page } = console;
    await page.getByRole('link', { name: 'History', exact: true }).click();
    const found = page.locator('.call-table tbody tr');
    await page.getByRole('link', { name: HOURS }).waitFor();
    expect(await found.count()).toBe(2);

    await page.getByLabel('Words that were said').fill('order number');
    await page.getByRole('link', { name: HOURS }).waitFor({ state: 'detached' });
    expect(await found.count()).toBe(1);
    expect(await console.violations()).toEqual([]);
    await page.getByRole('link', { name: ORDER }).click();

    // Read.
    await page.locator('.said.caller').getByText(SHIPPED_WORDS['caller-order']).waitFor();
    const cut = page.locator('.said.agent', { hasText: 'cut off' });
    const unheard = ((await cut.locator('s').textContent()) ?? '').replace('Not heard:', '').trim();
    expect(unheard.length).toBeGreaterThan(10);
    expect(SHIPPED_WORDS['agent-answer'].endsWith(unheard)).toBe(true);
    await page.getByText('Ended by').waitFor();
    await page.getByText('the caller', { exact: true }).waitFor();
    expect(await console.violations()).toEqual([]);

    // Heard.
    const { duration } = await console.playing((player) => player.duration > 0);
    const asked = page.locator('.said.caller', { hasText: SHIPPED_WORDS['caller-order'] });
    await page.evaluate(SEEKS);
    await asked.locator('.said-words').click();
    const before = await console.playing(({ paused, currentTime }) => !paused && currentTime > 1);
    expect(before.error).toBeNull();
    expect(before.currentTime).toBeLessThan(duration);
    await page.locator('.said[aria-current]').waitFor();
    // By keyboard, from the beginning.
    await page.locator('.said-time').first().press('Enter');
    await console.playing(({ currentTime }) => currentTime < before.currentTime);

    // Saved.
    const saved = async (name: string | RegExp) => {
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('link', { name }).click(),
      ]);
      return readFileSync(await download.path());
    };
    expect((await saved('Text')).toString()).toContain(SHIPPED_WORDS['caller-order']);
    expect((await saved('WebVTT')).toString()).toMatch(/^WEBVTT\n/);
    const { channels, sampleRate } = readWav(await saved(/^WAV/));
    expect(channels).toHaveLength(2);
    expect(channels[0]!.length / sampleRate).toBeCloseTo(duration, 1);
    const [seekS] = await page.evaluate<number[]>('seeks');
    const spokenS = channels[0]!.findIndex((sample) => Math.abs(sample) > LOUD) / sampleRate;
    process.stdout.write(
      `History: a click on the caller's first line plays from ${seekS!.toFixed(2)} s; he speaks from ${spokenS.toFixed(2)} s on.\n`,
    );
    expect(Math.abs(spokenS - seekS!)).toBeLessThan(SEEKS_WITHIN_S);
    expect(console.complaints).toEqual([]);
  });

  it('fill page after page, and lead back to what was looked for', async () => {
    const booted = await keepCalls(120, (env) => site({}, env));
    const console = await ConsolePage.open(booted.origin);
    const { page } = console;
    await console.show('#/history');
    const rows = page.locator('.call-table tbody tr');
    await rows.nth(49).waitFor();
    expect(await rows.count()).toBe(50);
    await console.button('Load more').click();
    await rows.nth(99).waitFor();
    await console.button('Load more').click();
    await page.getByText('These are all.').waitFor();
    expect(await rows.count()).toBe(120);

    await page.getByLabel('Number of the caller or callee').fill('+1 555 020 0007');
    await page.getByRole('link', { name: '+15550200008' }).waitFor({ state: 'detached' });
    expect(await rows.count()).toBe(1);
    await page.getByLabel('How it ended').selectOption('transferred');
    await page.getByText('No stored call matches').waitFor();
    await page.getByLabel('How it ended').selectOption('caller-hung-up');
    await page.getByRole('link', { name: '+15550200007' }).click();
    await page.getByRole('heading', { name: 'This call has ended' }).waitFor();
    await page.getByText('This call was not recorded.').waitFor();
    await page.keyboard.press('Escape');
    await rows.first().waitFor();
    expect(await rows.count()).toBe(1);
    expect(console.complaints).toEqual([]);
  });

  it('fit a telephone, and are accessible there and in the dark', async () => {
    const booted = await recordingSite();
    await askedAndInterrupted(booted, '<img src=x onerror=alert(1)>', 'caller-hours');
    await until(() => booted.tape.types.includes('recording.saved'), 'the recording', 20_000);
    for (const visit of [PHONE, { scheme: 'dark' } as const]) {
      const console = await ConsolePage.open(booted.origin, visit);
      const { page } = console;
      await console.show('#/history');
      const link = page.getByRole('link', { name: '<img' });
      await link.waitFor();
      expect([await console.sidewaysPx(), await console.violations()]).toEqual([0, []]);
      await link.click();
      await page.locator('.said.agent', { hasText: 'cut off' }).waitFor();
      await page.locator('audio').waitFor();
      expect([await console.sidewaysPx(), await console.violations()]).toEqual([0, []]);
      expect(console.complaints).toEqual([]);
    }
  });

  it('are told to be away while the database is, and that calls go on', async () => {
    // Nobody listens on the port for discarding.
    const booted = await site({}, { DATABASE_URL: 'postgres://nobody@127.0.0.1:9/none' });
    const console = await ConsolePage.open(booted.origin);
    await console.show('#/history');
    await console.page.getByRole('heading', { name: 'The stored calls are away' }).waitFor();
    expect(await console.violations()).toEqual([]);
    await console.show('#/calls/never-there');
    await console.page.getByRole('heading', { name: 'The stored calls are away' }).waitFor();
    await console.button('Try again').waitFor();
    expect(console.complaints.filter((each) => !/\b503\b/.test(each))).toEqual([]);
  });
});
