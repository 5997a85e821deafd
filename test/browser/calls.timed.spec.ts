import { afterEach, expect, it, jest } from '@jest/globals';
import { placeTwilioCall, SHIPPED_WORDS, type ShippedSpeech, shippedSpeech } from '#apps/simulator';
import { samplesFromBytes } from '#libs/audio';
import { until } from '#libs/testing';
import { align, to16Bits } from './alignment.js';
import { describeInBrowser } from './chromium.js';
import { type Arrival, ConsolePage } from './console-page.js';
import { closeSite, type Site, site } from './site.js';

// A minute of speech.
jest.setTimeout(200_000);
afterEach(closeSite);

const CALLER = '+15550100001';
const RATE = 24_000;
const LONGEST_HOLE_MS = 5;
/** The agent's sound comes so long ahead of its time, and is played so long behind it: apps/console/src/audio/README.md. */
const BRIDGED_MS = 200 + 120;
/** Between what is told of a hole, by the gateway or by the times at which sound came, and what is found in the sound. */
const TOLD_WITHIN_MS = 10;

/** At least a minute of the agent's recordings, one after the other, each time a little softer: no two places are the same. */
function minuteOfSpeech(): Int16Array {
  const names: ShippedSpeech[] = ['agent-answer', 'agent-greeting', 'agent-goodbye'];
  const round = names.flatMap((name) => [...shippedSpeech(name).samples]);
  const rounds = Array.from({ length: Math.ceil((60 * RATE) / round.length) }, (_, i) =>
    round.map((sample) => Math.round(sample * (1 - i / 20))),
  );
  return Int16Array.from(rounds.flat());
}

/** What the AI said in its longest answer. */
function longestAnswer({ sim }: Site): Int16Array {
  const answers = sim.sessions[0]!.everyItem.filter((item) => item.isAgentSound);
  return samplesFromBytes(answers.reduce((most, each) => (each.audioMs > most.audioMs ? each : most)).bytes);
}

/** By how much sound came later than the listener bridges, at worst; 0 on a machine that has time for all this. */
function tooLateMs(arrivals: readonly Arrival[]): number {
  const transits = arrivals.map(({ cameMs, atMs }) => cameMs - atMs);
  const earliestMs = transits.reduce((least, one) => Math.min(least, one));
  const latestMs = transits.reduce((most, one) => Math.max(most, one));
  return Math.max(0, latestMs - earliestMs - BRIDGED_MS);
}

/**
 * A call with a minute of the agent, listened to in a console of its own: how what was heard lies beside what was sent. The
 * minute begins once somebody listens. Where the AI's sound ran out in the call itself, as on a machine that is too busy, the
 * caller heard the hole too, and the listener is right to hear it. Nor can a listener hear what has not come yet.
 */
async function listenedTo() {
  const minute = minuteOfSpeech();
  const booted = await site({
    answer: ({ heard }) =>
      heard === null
        ? { say: 'Hello.', sound: shippedSpeech('agent-greeting') }
        : { say: 'A minute of speech.', sound: { samples: minute, sampleRate: RATE } },
  });
  const console = await ConsolePage.open(booted.origin, { records: true });
  const { page } = console;
  await page.getByText('No calls yet').waitFor();
  let listens = false;
  const call = placeTwilioCall({
    webhookUrl: `${booted.origin}/twilio/voice`,
    script: async (caller) => {
      await caller.listen();
      while (!listens) await caller.pause(100);
      await caller.say(shippedSpeech('caller-hours'));
      await caller.listen(90_000);
    },
  });
  await page.getByRole('link', { name: CALLER }).click();
  await console.button('Listen to the agent').click();
  await until(() => booted.tape.types.includes('operator.acted'), 'the listener');
  listens = true;
  expect(await call.ended).toMatchObject({ ok: true, breaches: [], failures: [] });
  await page.getByRole('heading', { name: 'This call has ended' }).waitFor();
  const [loudspeaker] = await console.heard();
  expect(loudspeaker!.sampleRate).toBe(RATE);
  expect(console.complaints).toEqual([]);
  const sent = longestAnswer(booted);
  expect(sent.length).toBeGreaterThanOrEqual(60 * RATE);
  const { at, same, breaks } = align(sent, to16Bits(loudspeaker!.left), RATE);
  expect(at).toBeGreaterThan(0);
  const inTheCall = booted.tape.all('agent.audio.starved').map(({ starvedMs }) => starvedMs);
  const holes = breaks
    .map(({ insertedMs }) => insertedMs)
    .filter((holeMs) => !inTheCall.some((callsMs) => Math.abs(callsMs - holeMs) <= TOLD_WITHIN_MS));
  const longestHoleMs = Math.max(0, ...holes);
  const lateMs = tooLateMs(await console.arrivals());
  process.stdout.write(
    `Listening: ${(sent.length / RATE).toFixed(1)} s sent, ${((100 * same) / sent.length).toFixed(3)} % of the samples heard as ` +
      `they were, breaks: ${breaks.length}, holes in the call itself: ${inTheCall.length}, ` +
      `the longest other hole ${longestHoleMs.toFixed(1)} ms, sound that came too late: by ${lateMs.toFixed(1)} ms.\n`,
  );
  return { longestHoleMs, lateMs, sameShare: same / sent.length };
}

describeInBrowser('a call in the console', () => {
  it('is seen, opened and listened to: for a minute every sample of the AI reaches the loudspeaker, without a hole', async () => {
    const { longestHoleMs, lateMs, sameShare } = await listenedTo();
    const dueHoleMs = lateMs === 0 ? 0 : lateMs + TOLD_WITHIN_MS;
    expect(longestHoleMs).toBeLessThanOrEqual(Math.max(LONGEST_HOLE_MS, dueHoleMs));
    // The first and the last samples may be smoothed against a click.
    expect(sameShare).toBeGreaterThan(0.999);
  });

  it('is read as it is spoken: words that are still coming, whole lines, and what nobody heard struck through', async () => {
    const booted = await site({ thinkMs: 300 });
    const console = await ConsolePage.open(booted.origin);
    const { page } = console;
    const call = placeTwilioCall({
      webhookUrl: `${booted.origin}/twilio/voice`,
      script: async (caller) => {
        await caller.listen();
        await caller.say(shippedSpeech('caller-hours'));
        await caller.interrupt(2500, shippedSpeech('caller-stop'));
        await caller.listen();
      },
    });
    await page.getByRole('link', { name: CALLER }).click();
    await page.locator('.said.partial').first().waitFor();
    const lines = page.locator('.said-words');
    await page.locator('.said.caller').getByText(SHIPPED_WORDS['caller-hours']).waitFor();
    const cut = page.locator('.said.agent', { hasText: 'cut off' });
    await cut.waitFor();
    await page.locator('.said.caller').getByText(SHIPPED_WORDS['caller-stop']).waitFor();
    expect(await call.ended).toMatchObject({ ok: true, breaches: [], failures: [] });

    const unheard = ((await cut.locator('s').textContent()) ?? '').replace('Not heard:', '').trim();
    expect(unheard.length).toBeGreaterThan(10);
    expect(SHIPPED_WORDS['agent-answer'].endsWith(unheard)).toBe(true);
    await page.locator('.said.partial').waitFor({ state: 'detached' });
    expect(await lines.first().textContent()).toBe(SHIPPED_WORDS['agent-greeting']);
    expect(await lines.last().textContent()).toBe(SHIPPED_WORDS['agent-answer']);
    for (const name of ['Who spoke when', 'Events'])
      await page.getByRole('heading', { name }).first().waitFor();
    expect(console.complaints).toEqual([]);
  });
});
