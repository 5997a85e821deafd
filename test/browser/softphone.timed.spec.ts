import { afterEach, expect, it, jest } from '@jest/globals';
import { SHIPPED_WORDS, shippedSpeech } from '#apps/simulator';
import { until } from '#libs/testing';
import { align, to16Bits } from './alignment.js';
import { describeInBrowser } from './chromium.js';
import { ConsolePage } from './console-page.js';
import { microphoneWav } from './fake-microphone.js';
import { closeSite, site } from './site.js';

jest.setTimeout(120_000);
afterEach(closeSite);

/** In the answer, which lasts 6.8 s. */
const BARGE_IN_MS = 3000;
/** What the AI is told of how much was heard, against what was. */
const TOLD_WITHIN_MS = 250;

describeInBrowser('the softphone', () => {
  it('carries a whole conversation: greeting, question, answer, an interruption, and the latency of each turn', async () => {
    const answers = ['agent-greeting', 'agent-answer', 'agent-goodbye'] as const;
    const booted = await site({
      thinkMs: 200,
      answer: ({ index }) => ({ say: SHIPPED_WORDS[answers[index]!], sound: shippedSpeech(answers[index]!) }),
    });
    // The greeting is over after 4 s; the end of a turn is noticed after half a second.
    const microphone = microphoneWav(7000, 'caller-hours', 1200 + BARGE_IN_MS, 'caller-stop', 60_000);
    const console = await ConsolePage.open(booted.origin, { microphoneWav: microphone, records: true });
    const { page } = console;
    await console.show('#/try');
    await console.button('Call the agent').click();
    await page.getByText('Connected: speak now.').waitFor();

    const said = (speaker: 'caller' | 'agent', words: string) =>
      page.locator(`.said.${speaker}`).getByText(words).waitFor();
    await said('agent', SHIPPED_WORDS['agent-greeting']);
    await said('caller', SHIPPED_WORDS['caller-hours']);
    await page.locator('.said.agent', { hasText: 'cut off' }).waitFor();
    await said('caller', SHIPPED_WORDS['caller-stop']);
    const turns = page.locator('table.turns tbody tr');
    await turns.nth(1).waitFor();
    const items = () => booted.sim.sessions[0]!.everyItem.filter((item) => item.isAgentSound);
    await until(() => items().length === 3, 'the second answer');
    const answerId = items()[2]!.id;
    const heardIds = () => booted.tape.all('agent.item.heard').map(({ itemId }) => itemId);
    await until(() => heardIds().includes(answerId), 'the second answer at the loudspeaker', 20_000);
    await console.button('Hang up').click();
    await page.getByText('The call ended: caller hung up.').waitFor();

    const latencies = await turns.locator('td strong').allTextContents();
    process.stdout.write(`Softphone: answered after ${latencies.join(' and ')}.\n`);
    expect(latencies).toHaveLength(2);
    for (const latency of latencies) expect(latency).toMatch(/^[\d.]+ m?s$/);

    const [loudspeaker] = await console.heard();
    const heard = to16Bits(loudspeaker!.left);
    const heardOf = (nth: number) => {
      const sent = new Int16Array(Uint8Array.from(items()[nth]!.bytes).buffer);
      const { same, breaks } = align(sent, heard, loudspeaker!.sampleRate);
      return { heardMs: (same * 1000) / loudspeaker!.sampleRate, breaks };
    };
    for (const nth of [0, 2]) expect(heardOf(nth).heardMs).toBeGreaterThan(items()[nth]!.audioMs * 0.99);
    const { truncatedAtMs, audioMs } = items()[1]!;
    const interrupted = heardOf(1);
    process.stdout.write(
      `Softphone: of ${Math.round(audioMs)} ms ${Math.round(interrupted.heardMs)} were heard until the interruption; the AI was ` +
        `told ${truncatedAtMs}.\n`,
    );
    expect(truncatedAtMs).toBeGreaterThan(1000);
    expect(truncatedAtMs).toBeLessThan(audioMs - 500);
    expect(Math.abs(interrupted.heardMs - truncatedAtMs!)).toBeLessThan(TOLD_WITHIN_MS);
    expect(booted.tape.all('call.ended')).toMatchObject([{ reason: 'caller-hung-up' }]);
    expect(console.complaints).toEqual([]);
  });

  it('says in words that the microphone was refused, and places no call', async () => {
    const booted = await site();
    const console = await ConsolePage.open(booted.origin, { refusesMicrophone: true });
    await console.show('#/try');
    await console.button('Call the agent').click();
    await console.page.getByRole('alert').getByText('The microphone was refused.').waitFor();
    await console.button('Try again').waitFor();
    expect(booted.tape.types).not.toContain('call.offered');
    expect(console.complaints).toEqual([]);
  });
});
