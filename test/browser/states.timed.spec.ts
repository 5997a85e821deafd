import { gzipSync } from 'node:zlib';
import { afterEach, expect, it, jest } from '@jest/globals';
import { placeTwilioCall, shippedSpeech } from '#apps/simulator';
import { until } from '#libs/testing';
import { boot } from '../integration/boot.js';
import { describeInBrowser } from './chromium.js';
import { ConsolePage } from './console-page.js';
import { closeSite, site, twoAgents } from './site.js';

jest.setTimeout(120_000);
afterEach(closeSite);

const CALLER = '+15550100001';
const TOKEN = 'a-long-enough-token';
const INITIAL_JAVASCRIPT_BYTES = 250_000;
/** The narrowest telephones in use. */
const PHONE = { width: 360, height: 720 };

/** A call that is running and has words, and one that has ended. */
async function busySite() {
  const booted = await site();
  const url = `${booted.origin}/twilio/voice`;
  const ended = placeTwilioCall({
    webhookUrl: url,
    from: '+15550100002',
    script: (caller) => caller.pause(200),
  });
  await ended.ended;
  let isOver = false;
  const running = placeTwilioCall({
    webhookUrl: url,
    script: async (caller) => {
      await caller.listen();
      while (!booted.tape.types.includes('agent.interrupted')) {
        await caller.say(shippedSpeech('caller-hours'));
        await caller.interrupt(1500, shippedSpeech('caller-stop'));
      }
      while (!isOver) await caller.pause(200);
    },
  });
  const leave = async () => {
    isOver = true;
    await running.ended;
  };
  return { booted, leave };
}

/** Goes from page to page, and looks at each when what it shows is there. */
async function onEachPage(console: ConsolePage, look: (page: string) => Promise<void>): Promise<void> {
  const { page } = console;
  await page.getByRole('link', { name: CALLER }).waitFor();
  await look('calls');
  await page.getByRole('link', { name: CALLER }).click();
  await page.locator('.said.agent', { hasText: 'cut off' }).first().waitFor();
  await look('a call');
  await console.show('#/calls');
  await page.getByRole('link', { name: '+15550100002' }).click();
  await page.getByRole('heading', { name: 'This call has ended' }).waitFor();
  await look('a call that ended');
  await console.show('#/history');
  await page.getByRole('link', { name: '+15550100002' }).waitFor();
  await look('history');
  await console.show('#/try');
  await console.button('Call the agent').waitFor();
  await look('try it');
  await console.show('#/setup');
  await page.getByRole('heading', { name: 'Set-up' }).waitFor();
  await look('set-up');
  await console.show('#/nowhere');
  await page.getByText('There is no such page').waitFor();
  await look('no page');
}

describeInBrowser('every page of the console', () => {
  it('is accessible as far as axe can tell, in light and in dark, and fits a telephone', async () => {
    const { booted, leave } = await busySite();
    const found: string[] = [];
    for (const scheme of ['light', 'dark'] as const) {
      const console = await ConsolePage.open(booted.origin, { scheme });
      await onEachPage(console, async (page) => {
        for (const { id, impact, nodes } of await console.violations())
          found.push(`${page}, ${scheme}: ${id} (${impact}) ${nodes.join(' | ')}`);
      });
      expect(console.complaints).toEqual([]);
    }
    const phone = await ConsolePage.open(booted.origin, PHONE);
    await onEachPage(phone, async (page) => {
      const sidewaysPx = await phone.sidewaysPx();
      if (sidewaysPx > 0) found.push(`${page} is ${sidewaysPx} px too wide for a telephone`);
      for (const { id, impact, nodes } of await phone.violations())
        found.push(`${page}, telephone: ${id} (${impact}) ${nodes.join(' | ')}`);
    });
    await leave();
    expect(phone.complaints).toEqual([]);
    expect(found).toEqual([]);
  });

  it('has at most 250 kB of JavaScript before the first page', async () => {
    const { origin } = await boot();
    const console = await ConsolePage.open(origin);
    await console.page.getByText('No calls yet').waitFor();
    const scripts = await Promise.all(console.scripts.values());
    const bytes = scripts.reduce((sum, script) => sum + gzipSync(script).length, 0);
    process.stdout.write(
      `Initial JavaScript: ${(bytes / 1000).toFixed(1)} kB (gzip) in ${scripts.length} files.\n`,
    );
    expect(bytes).toBeGreaterThan(10_000);
    expect(bytes).toBeLessThanOrEqual(INITIAL_JAVASCRIPT_BYTES);
    expect(console.complaints).toEqual([]);
  });
});

describeInBrowser('when something is wrong', () => {
  it('asks for the token, says when it is wrong, and lets in with the right one', async () => {
    const { origin } = await boot({ ADMIN_TOKEN: TOKEN });
    const console = await ConsolePage.open(origin);
    const { page } = console;
    await page.getByLabel('ADMIN_TOKEN').waitFor();
    expect(await console.violations()).toEqual([]);
    // What is typed at once goes into the field.
    await page.keyboard.type('wrong');
    expect(await page.getByLabel('ADMIN_TOKEN').inputValue()).toBe('wrong');
    await console.button('Log in').click();
    await page.getByText(/not the ADMIN_TOKEN/).waitFor();
    const field = ['ADMIN_TOKEN or API key', /What you may do here/, 'wrong', /not the ADMIN_TOKEN/];
    const edges = await Promise.all(
      field.map(async (text) => {
        const part =
          text === 'wrong' ? page.getByLabel('ADMIN_TOKEN') : page.locator('.log-in').getByText(text);
        const { y, height } = (await part.boundingBox())!;
        return [y, y + height];
      }),
    );
    const downwards = edges.flat();
    expect(downwards).toEqual(downwards.toSorted((a, b) => a - b));
    // The browser itself writes down a refusal; nothing else may be there.
    expect(console.complaints.filter((each) => !/\b401\b/.test(each))).toEqual([]);
    expect(console.complaints.length).toBeGreaterThan(0);
    await page.getByLabel('ADMIN_TOKEN').fill(TOKEN);
    await console.button('Log in').click();
    await page.getByText('No calls yet').waitFor();
    await page.getByText('Live', { exact: true }).waitFor();
    await console.button('Log out').click();
    await page.getByLabel('ADMIN_TOKEN').waitFor();
  });

  it('lets a viewer in with an API key to watch and listen, and says why nothing else is there', async () => {
    const { origin } = await boot({ ADMIN_TOKEN: TOKEN });
    const made = await fetch(`${origin}/api/keys`, {
      method: 'POST',
      headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'wall', role: 'viewer' }),
    });
    const { secret } = (await made.json()) as { secret: string };
    const call = placeTwilioCall({
      webhookUrl: `${origin}/twilio/voice`,
      script: (caller) => caller.pause(60_000),
    });
    const console = await ConsolePage.open(origin);
    const { page } = console;
    await page.getByLabel('ADMIN_TOKEN or API key').fill(secret);
    await console.button('Log in').click();
    await page.getByRole('link', { name: CALLER }).click();
    await page.getByText('Stepping in needs the role operator.').waitFor();
    await console.button('Listen to the caller').waitFor();
    for (const name of ['Say it', 'Mute agent', 'Take over', 'Hang up', 'Send keys'])
      expect(await page.locator('.step-in').getByText(name).count()).toBe(0);
    await page.getByText('(viewer)').waitFor();
    expect(await console.violations()).toEqual([]);
    await console.show('#/try');
    await page.getByText('Calling needs the role operator').waitFor();
    expect(await console.button('Call the agent').isDisabled()).toBe(true);
    expect(await console.violations()).toEqual([]);
    await console.show('#/history');
    await page.getByRole('link', { name: CALLER }).waitFor();
    call.hangUp();
    await call.ended;
    expect(console.complaints).toEqual([]);
  });

  it('tells that the connection is lost, and is there again by itself when the gateway is', async () => {
    const first = await boot();
    const console = await ConsolePage.open(first.origin);
    const { page } = console;
    await page.getByText('No calls yet').waitFor();
    await console.hasEveryPage();
    await first.gateway.close();
    await page.getByText('No connection to the gateway.').waitFor();
    expect(await console.violations()).toEqual([]);
    const again = await boot({ PORT: new URL(first.origin).port });
    await page.getByText('No connection to the gateway.').waitFor({ state: 'detached' });
    const call = placeTwilioCall({
      webhookUrl: `${again.origin}/twilio/voice`,
      script: (caller) => caller.pause(1500),
    });
    await page.getByRole('link', { name: CALLER }).waitFor();
    expect((await call.ended).breaches).toEqual([]);
    const others = console.complaints.filter((each) => !/WebSocket|ERR_CONNECTION_REFUSED/.test(each));
    expect(others).toEqual([]);
  });

  it('opens pages while the gateway is away, and shows by itself what could not be had, when it is back', async () => {
    const first = await boot();
    const history = await ConsolePage.open(first.origin);
    const softphone = await ConsolePage.open(first.origin, { loses: /\/try-page-[^/]*\.js$/ });
    for (const { page } of [history, softphone]) await page.getByText('No calls yet').waitFor();
    await history.hasEveryPage();
    await first.gateway.close();
    for (const { page } of [history, softphone])
      await page.getByText('No connection to the gateway.').waitFor();
    await history.show('#/history');
    await history.page.getByText('The history could not be read').waitFor();
    await softphone.show('#/try');
    await softphone.page.getByText('This page is not here yet').waitFor();
    expect(await softphone.violations()).toEqual([]);
    await softphone.page.unrouteAll();
    await boot({ PORT: new URL(first.origin).port });
    await history.page.getByText('No calls are kept yet').waitFor();
    await softphone.button('Call the agent').waitFor();
    // The style sheet is there as well.
    expect((await softphone.button('Call the agent').boundingBox())!.width).toBeGreaterThan(100);
  });

  it('says that all lines are busy to somebody who calls from the page', async () => {
    const { origin } = await boot({ MAX_CALLS: '1' });
    const call = placeTwilioCall({
      webhookUrl: `${origin}/twilio/voice`,
      script: (caller) => caller.pause(100_000),
    });
    const console = await ConsolePage.open(origin);
    await console.page.getByRole('link', { name: CALLER }).waitFor();
    await console.show('#/try');
    await console.button('Call the agent').click();
    await console.page.getByText('All lines are busy').waitFor();
    call.hangUp();
    await call.ended;
  });

  it('says of a call that has ended that it has, and of one that nobody knows that nobody does', async () => {
    const booted = await boot();
    const console = await ConsolePage.open(booted.origin);
    const { page } = console;
    await console.show('#/calls/never-there');
    await page.getByText('This call is not known here').waitFor();
    expect(await console.violations()).toEqual([]);
    await console.show('#/calls');
    const call = placeTwilioCall({
      webhookUrl: `${booted.origin}/twilio/voice`,
      from: '<img src=x onerror=alert(1)>',
      script: async (caller) => {
        await until(() => booted.tape.types.includes('operator.acted'), 'the listener', 20_000);
        await caller.pause(500);
      },
    });
    await page.getByRole('link', { name: '<img' }).click();
    await console.button('Listen to the caller').click();
    expect((await call.ended).failures).toEqual([]);
    await page.getByRole('heading', { name: 'This call has ended' }).waitFor();
    await page.getByText('There is nobody to listen to').waitFor();
    // The browser itself writes down that the first was not there.
    expect(console.complaints.filter((each) => !/\b404\b.*never-there/.test(each))).toEqual([]);
  });
});

describeInBrowser('an agent that is chosen on the page', () => {
  it('answers, is named there and in the list, and the echo says that it repeats', async () => {
    const { origin } = await boot({ AGENTS_DIR: twoAgents() });
    const console = await ConsolePage.open(origin);
    const { page } = console;
    await console.show('#/try');
    await page.getByText('repeats what it hears').waitFor();
    await page.getByLabel('Agent').selectOption('support');
    await console.button('Call the agent').click();
    await page.getByText('You talk with support').waitFor();
    await page.locator('.transcript').getByText('repeats what it hears').waitFor();
    expect(await console.violations()).toEqual([]);
    await console.button('Hang up').click();
    await console.show('#/calls');
    await page.getByRole('row', { name: 'support' }).waitFor();
    await page.getByLabel('Search calls').fill('support');
    await page.getByRole('row', { name: 'console' }).waitFor();
    expect(console.complaints).toEqual([]);
  });
});
