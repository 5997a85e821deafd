// Makes docs/console.png from a running gateway with simulated calls: npm run build, then node scripts/console-picture.mjs.
// Needs Chromium (Debian: chromium), or CHROMIUM_BIN.
import 'reflect-metadata';
import { statSync } from 'node:fs';
import { setTimeout as later } from 'node:timers/promises';
import { chromium } from 'playwright-core';
import { Gateway, loadConfiguration } from '#apps/gateway';
import { placeAudioCodesCall, placeTwilioCall, shippedSpeech, startOpenAiSim } from '#apps/simulator';

const FILE = 'docs/console.png';
const MOST_BYTES = 300_000;
const KEY = 'picture';
const CALLER = '+14155550132';
/** Into the call that is shown: it has been interrupted, and goes on. */
const SHOWN_AFTER_MS = 33_000;

const sim = await startOpenAiSim({ apiKey: KEY, thinkMs: 350 });
const gateway = await Gateway.create(
  await loadConfiguration(
    {
      HOST: '127.0.0.1',
      PORT: '0',
      LOG_LEVEL: 'warn',
      AI_BACKEND: 'openai-realtime',
      OPENAI_API_KEY: KEY,
      OPENAI_REALTIME_URL: sim.url,
    },
    'config/default.yaml',
  ),
);
await gateway.listen();
const origin = gateway.localOrigin;

/** Asks again and again, and interrupts the first answer. */
async function talk(caller) {
  await caller.listen();
  await caller.say(shippedSpeech('caller-hello'));
  await caller.interrupt(2500, shippedSpeech('caller-stop'));
  for (;;) {
    await caller.listen();
    await caller.pause(400);
    await caller.say(shippedSpeech('caller-hours'));
  }
}

const calls = [
  placeTwilioCall({
    webhookUrl: `${origin}/twilio/voice`,
    from: CALLER,
    to: '+14155550100',
    script: talk,
    faults: { noiseSnrDb: 30 },
  }),
  placeTwilioCall({ webhookUrl: `${origin}/twilio/voice`, from: '+442079460018', script: talk }),
  placeAudioCodesCall({ url: `${origin.replace('http', 'ws')}/audiocodes`, script: talk }),
];
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM_BIN ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--autoplay-policy=no-user-gesture-required'],
});
try {
  const page = await browser.newPage({ viewport: { width: 1320, height: 940 }, colorScheme: 'light' });
  await page.goto(origin);
  await page.getByRole('link', { name: CALLER }).click();
  for (const speaker of ['caller', 'agent']) await page.getByLabel(`Listen to the ${speaker}`).click();
  await later(SHOWN_AFTER_MS);
  await page.mouse.move(0, 0);
  await page.screenshot({ path: FILE });
} finally {
  await browser.close();
  for (const call of calls) call.hangUp();
  await Promise.all(calls.map(({ ended }) => ended));
  await gateway.close();
  await sim.close();
}
const { size } = statSync(FILE);
if (size > MOST_BYTES) throw new Error(`${FILE} has ${size} bytes, ${MOST_BYTES} are allowed.`);
console.log(`${FILE}: ${Math.round(size / 1000)} kB`);
