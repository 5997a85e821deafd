import { afterEach, expect, it, jest } from '@jest/globals';
import { placeTwilioCall, shippedSpeech } from '#apps/simulator';
import { boot } from '../integration/boot.js';
import { describeInBrowser } from './chromium.js';
import { ConsolePage } from './console-page.js';
import { closeSite } from './site.js';

jest.setTimeout(120_000);
afterEach(closeSite);

const CALLS = 100;
const MEASURED_MS = 5000;
/** The gateway and a hundred callers share one thread here, which has no room to measure the sound of all of them besides. */
const WITHOUT_QUALITY = `
platforms:
  twilio: {}
backends:
  echo: {}
observers:
  metrics: {}
  conversation: {}
  live-monitor: {}
`;
/** Of canvases: two pictures of the same meter differ when it has moved. */
const METERS = `[...document.querySelectorAll('.meter canvas')].map((meter) => meter.toDataURL())`;

describeInBrowser('a hundred calls at once', () => {
  it('are all on the page, each with meters that move', async () => {
    const { origin } = await boot({ MAX_CALLS: String(CALLS) }, { yaml: WITHOUT_QUALITY });
    const console = await ConsolePage.open(origin, { height: 4800 });
    const { page } = console;
    let isOver = false;
    const calls = Array.from({ length: CALLS }, (_, i) =>
      placeTwilioCall({
        webhookUrl: `${origin}/twilio/voice`,
        from: `+1555010${String(i).padStart(4, '0')}`,
        record: false,
        script: async (caller) => {
          while (!isOver) {
            await caller.say(shippedSpeech('caller-hours'));
            await caller.pause(500);
          }
        },
      }),
    );
    await page
      .locator('table.live tbody tr')
      .nth(CALLS - 1)
      .waitFor();
    const meters = await page.evaluate<number>(`moved = new Set(), before = ${METERS}, before.length`);
    expect(meters).toBe(CALLS);
    const { perSecond, longestMs } = await console.framesPerSecond(MEASURED_MS);
    process.stdout.write(
      `${CALLS} calls with meters: ${perSecond.toFixed(1)} frames a second, the longest wait for one ${longestMs.toFixed(0)} ms; ` +
        'gateway, calls and browser on this one machine.\n',
    );
    // Asked again and again from here: a condition that the page itself repeats would need eval, which its policy forbids.
    const movedSoFar = () =>
      page.evaluate<number>(
        `(${METERS}).forEach((picture, i) => moved.has(i) || picture === before[i] || moved.add(i)), moved.size`,
      );
    const untilMs = performance.now() + 30_000;
    let moved = await movedSoFar();
    while (moved < CALLS && performance.now() < untilMs) moved = await movedSoFar();
    expect(moved).toBe(CALLS);
    isOver = true;
    const reports = await Promise.all(calls.map(({ ended }) => ended));
    expect(perSecond).toBeGreaterThan(0);
    expect(reports.flatMap(({ breaches, failures }) => [...breaches, ...failures])).toEqual([]);
    await page.getByText('No call is running now.').waitFor();
    expect(console.complaints).toEqual([]);
  });
});
