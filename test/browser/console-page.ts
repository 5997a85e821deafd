import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { Browser, Locator, Page } from 'playwright-core';
import { launch, type Machine } from './chromium.js';

export interface Visit extends Machine {
  /** Of the page's window. */
  readonly width?: number;
  readonly height?: number;
  readonly scheme?: 'light' | 'dark';
  /**
   * What reaches the loudspeaker is kept, for `heard`, and when the agent's sound came, for `arrivals`. The recorder is a worklet of a Blob, which the gateway's content security
   * policy refuses, so that policy is off in such a browser.
   */
  readonly records?: boolean;
  /** The browser keeps the page waiting for this until `letGo`, and `opened` says what it opened. */
  readonly holds?: 'microphone' | 'loudspeaker';
  /** What the network loses, until `page.unrouteAll()`. */
  readonly loses?: RegExp;
}

/** What the page opened to hear and to be heard. */
export interface Opened {
  readonly contexts: readonly string[];
  readonly tracks: readonly string[];
  /** Sockets of softphones. */
  readonly lines: number;
  readonly askedForMicrophone: number;
}

/** What the page's player of a recording says of itself; times in seconds. */
export interface Playing {
  readonly paused: boolean;
  readonly currentTime: number;
  readonly duration: number;
  readonly error: string | null;
}

/** When a piece of sound came to the page, on the page's clock, and its time on the call's. */
export interface Arrival {
  readonly cameMs: number;
  readonly atMs: number;
}

/** Sound that reached a loudspeaker, at the rate at which it did; full scale is 1. */
export interface Heard {
  readonly sampleRate: number;
  readonly left: Float32Array;
  readonly right: Float32Array;
}

export interface Violation {
  readonly id: string;
  readonly impact: string;
  readonly help: string;
  readonly nodes: readonly string[];
}

const PATIENCE_MS = 15_000;
/** Between two questions to the page, which has something else to do. */
const AGAIN_MS = 20;

const inPage = (name: string) => fileURLToPath(new URL(`./in-page/${name}`, import.meta.url));
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

const ARRIVALS = readFileSync(inPage('arrivals.js'), 'utf8');

const TAP = `const TAP_WORKLET = ${JSON.stringify(readFileSync(inPage('tap.worklet.js'), 'utf8'))};
${readFileSync(inPage('tap.js'), 'utf8')}`;

const hold = (what: string) => `const HELD = '${what}';
${readFileSync(inPage('hold.js'), 'utf8')}`;

const PLAYER = `(() => {
  const { paused, currentTime, duration, error } = document.querySelector('audio');
  return { paused, currentTime, duration, error: error && error.message };
})()`;

const open: Browser[] = [];

/** For `afterEach`: no browser outlives its test. */
export async function closeBrowsers(): Promise<void> {
  await Promise.all(open.splice(0).map((browser) => browser.close()));
}

/** The console in a browser, and everything that browser complained about. */
export class ConsolePage {
  /** Errors and warnings of the page, and requests that failed. */
  readonly complaints: string[] = [];
  /** Scripts by address, as they were fetched. */
  readonly scripts = new Map<string, Promise<Buffer>>();

  private constructor(
    readonly origin: string,
    readonly page: Page,
  ) {}

  static async open(origin: string, visit: Visit = {}): Promise<ConsolePage> {
    const browser = await launch(visit);
    open.push(browser);
    const { width = 1280, height = 800, scheme = 'light', records = false, holds, loses } = visit;
    const context = await browser.newContext({
      viewport: { width, height },
      colorScheme: scheme,
      bypassCSP: records,
    });
    const page = await context.newPage();
    const opened = new ConsolePage(origin, page);
    opened.watch();
    if (records) {
      await page.addInitScript(TAP);
      await page.addInitScript(ARRIVALS);
    }
    if (holds !== undefined) await page.addInitScript(hold(holds));
    if (loses !== undefined) await page.route(loses, (asked) => asked.abort());
    await page.goto(origin);
    return opened;
  }

  /** `#/calls`, `#/calls/<id>`, `#/history`, `#/try` or `#/setup`, without loading the page anew. */
  async show(hash: string): Promise<void> {
    await this.page.evaluate(`location.hash = ${JSON.stringify(hash)}`);
  }

  /** The pages that are fetched behind the first one are there. */
  async hasEveryPage(): Promise<void> {
    const isThere = (name: string) => [...this.scripts.keys()].some((url) => url.includes(`/${name}-page-`));
    await this.sees(async () => ['history', 'call', 'try', 'setup'].every(isThere));
    await Promise.all(this.scripts.values());
  }

  button(name: string): Locator {
    return this.page.getByRole('button', { name, exact: true });
  }

  /** One for each loudspeaker that was opened, in that order. */
  async heard(): Promise<Heard[]> {
    const taps =
      await this.page.evaluate<{ sampleRate: number; left: string; right: string }[]>('loudspeakers()');
    return taps.map(({ sampleRate, left, right }) => ({
      sampleRate,
      left: floats(left),
      right: floats(right),
    }));
  }

  /** Of the agent's sound, to somebody who listens in. */
  arrivals(): Promise<Arrival[]> {
    return this.page.evaluate<Arrival[]>('arrivalsOfAgent()');
  }

  /** The page waits for what `holds` names. */
  async isHeld(): Promise<void> {
    await this.sees(async () => (await this.page.evaluate<number>('heldBack()')) > 0);
  }

  async letGo(): Promise<void> {
    await this.page.evaluate('letGo()');
  }

  /** Once `isSo` of what the page has opened so far. */
  async opened(isSo: (opened: Opened) => boolean): Promise<Opened> {
    let opened: Opened | undefined;
    await this.sees(
      async () => {
        opened = await this.page.evaluate<Opened>('whatWasOpened()');
        return isSo(opened);
      },
      () => JSON.stringify(opened),
    );
    return opened!;
  }

  /** Once `isSo` of what the player of the recording says. */
  async playing(isSo: (playing: Playing) => boolean): Promise<Playing> {
    let playing: Playing | undefined;
    await this.sees(
      async () => {
        playing = await this.page.evaluate<Playing>(PLAYER);
        return isSo(playing);
      },
      () => JSON.stringify(playing),
    );
    return playing!;
  }

  /** What axe finds wrong with the page as it is now: WCAG 2 A and AA, and its own best practices. */
  async violations(): Promise<Violation[]> {
    // Colours on their way to others are no colours to be judged.
    await this.page.emulateMedia({ reducedMotion: 'reduce' });
    await this.page.evaluate(AXE);
    return this.page.evaluate<Violation[]>(
      `axe.run(document).then(({ violations }) => violations.map(({ id, impact, help, nodes }) =>
         ({ id, impact, help, nodes: nodes.map(({ html, failureSummary }) => html + ' ' + failureSummary) })))`,
    );
  }

  /** How far the page can be scrolled sideways, in pixels. */
  sidewaysPx(): Promise<number> {
    return this.page.evaluate<number>(
      'document.documentElement.scrollWidth - document.documentElement.clientWidth',
    );
  }

  framesPerSecond(durationMs: number): Promise<{ perSecond: number; longestMs: number }> {
    return this.page.evaluate(
      `(${readFileSync(inPage('frames.js'), 'utf8').replace(/;\s*$/, '')})(${durationMs})`,
    );
  }

  /** Asks again and again from here: a condition that the page itself repeats would need eval, which its policy forbids. */
  private async sees(isSo: () => Promise<boolean>, whatElse = () => ''): Promise<void> {
    const untilMs = performance.now() + PATIENCE_MS;
    while (!(await isSo())) {
      if (performance.now() > untilMs) throw new Error(`Waited in vain in the page. ${whatElse()}`);
      await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
    }
  }

  private watch(): void {
    const { page, complaints } = this;
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning')
        complaints.push(`${message.type()}: ${message.text()} ${message.location().url}`);
    });
    page.on('pageerror', (error) => complaints.push(`uncaught: ${error.stack ?? error.message}`));
    page.on('response', (response) => {
      if (response.status() >= 400) complaints.push(`${response.status()} ${response.url()}`);
      else if (response.request().resourceType() === 'script') {
        const script = response.body();
        // Pages come behind the first one, and a browser may be closed before the last has.
        script.catch(() => undefined);
        this.scripts.set(response.url(), script);
      }
    });
  }
}

function floats(base64: string): Float32Array {
  return new Float32Array(Uint8Array.from(Buffer.from(base64, 'base64')).buffer);
}
