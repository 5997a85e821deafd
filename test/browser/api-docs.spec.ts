import { afterEach, expect, it } from '@jest/globals';
import { boot, closeAll } from '../integration/boot.js';
import { describeInBrowser, launch } from './chromium.js';

const ADMIN_TOKEN = 'an-admin-token-of-good-length-0123456789';

afterEach(closeAll);

describeInBrowser('the OpenAPI page', () => {
  it('is drawn for who has logged in, under the content security policy, without one refusal', async () => {
    const { origin } = await boot({ ADMIN_TOKEN });
    const browser = await launch({});
    try {
      const context = await browser.newContext();
      const stranger = await context.newPage();
      const refused = await stranger.goto(`${origin}/api/docs`);
      expect([refused?.status(), await stranger.locator('.opblock').count()]).toEqual([401, 0]);

      const page = await context.newPage();
      const faults: string[] = [];
      page.on('pageerror', (error) => faults.push(error.message));
      page.on('console', (line) => {
        if (line.type() === 'error') faults.push(line.text());
      });
      const logIn = await page.request.post(`${origin}/api/session`, { data: { token: ADMIN_TOKEN } });
      expect(logIn.status()).toBe(204);
      await page.goto(`${origin}/api/docs`);
      await page.locator('.opblock').first().waitFor();
      expect(await page.locator('.opblock').count()).toBeGreaterThan(30);
      expect(faults).toEqual([]);
    } finally {
      await browser.close();
    }
  });
});
