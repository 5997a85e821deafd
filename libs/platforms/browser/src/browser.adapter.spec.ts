import { describe, expect, it } from '@jest/globals';
import type { OperatorDoor } from '#libs/contracts';
import { BrowserAdapter } from './browser.adapter.js';

const door = (needsToken: boolean): OperatorDoor => ({
  needsToken,
  admit: () => ({ ok: false, status: 401, reason: 'no-credentials' }),
});

const entry = (needsToken: boolean, origin: string, isPublic: boolean) =>
  new BrowserAdapter(door(needsToken)).setup(origin, isPublic)[0]!;

describe('what the start-up page says of the softphone', () => {
  it('is ready where the door asks for a token, and for this machine only where it cannot', () => {
    expect(entry(true, 'https://voice.example.com', true).state).toBe('ready');
    expect(entry(true, 'http://127.0.0.1:3000', false).state).toBe('ready');
    const local = entry(false, 'http://127.0.0.1:3000', false);
    expect(local.state).toBe('loopback-only');
    expect(local.lines.join('\n')).toContain('Missing: ADMIN_TOKEN');
  });

  it('says that browsers give no microphone to a public address without TLS', () => {
    const mute = entry(true, 'http://voice.example.com', true);
    expect(mute.state).toBe('incomplete');
    expect(mute.lines.join('\n')).toContain('PUBLIC_URL is not https');
  });
});
