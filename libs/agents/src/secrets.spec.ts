import { describe, expect, it } from '@jest/globals';
import { coverAddresses, hideSecrets, restoreSecrets } from './secrets.js';

const DOCUMENT = {
  name: 'shop',
  lookup: { url: 'https://crm.example/caller?token=s3cret', secret: 's3cret' },
  settings: { model: 'm', clientSecret: 's3cret', maxOutputTokens: 'inf' },
  tools: [
    'hang_up',
    {
      webhook: {
        name: 'find',
        url: 'https://hooks.example:8443/T0/s3cret',
        headers: { 'x-team-url': 's3cret' },
      },
    },
    { mcp: { name: 'crm', url: 'https://s3cret:s3cret@mcp.example/#s3cret', headers: { a: 's3cret' } } },
    { mcp: { name: 'own', command: 'node', args: ['server.mjs', '--key=s3cret'], env: { KEY: 's3cret' } } },
    {
      collect_digits: {
        name: 'card',
        deliverTo: { url: 'https://pay.example/?key=s3cret', secret: 's3cret' },
      },
    },
    { webhook: { name: 'bare', url: 'https://bare.example' } },
  ],
};

const restored = (value: unknown, before: unknown) => {
  const problems: string[] = [];
  return { whole: restoreSecrets(value, before, problems), problems };
};

describe('what those see who may not change agents', () => {
  it('is where addresses lead and nothing that opens them', () => {
    const covered = coverAddresses(hideSecrets(DOCUMENT));
    expect(JSON.stringify(covered)).not.toContain('s3cret');
    expect(covered).toMatchObject({
      lookup: { url: 'https://crm.example/hidden', secret: 'hidden' },
      settings: { model: 'm', maxOutputTokens: 'inf' },
      tools: [
        'hang_up',
        { webhook: { url: 'https://hooks.example:8443/hidden' } },
        { mcp: { url: 'https://mcp.example/hidden' } },
        { mcp: { command: 'node', args: ['hidden', 'hidden'] } },
        { collect_digits: { deliverTo: { url: 'https://pay.example/hidden' } } },
        { webhook: { url: 'https://bare.example' } },
      ],
    });
  });

  it('means what it stands for when it is sent back', () => {
    const covered = coverAddresses(hideSecrets(DOCUMENT));
    expect(restored(covered, DOCUMENT)).toEqual({ whole: DOCUMENT, problems: [] });
    expect(restored(hideSecrets(DOCUMENT), DOCUMENT)).toEqual({ whole: DOCUMENT, problems: [] });
  });

  it('is refused where it stands for nothing, with its place', () => {
    const elsewhere = {
      lookup: { url: 'https://mine.example/hidden', secret: 'hidden' },
      tools: [{ mcp: { name: 'new', command: 'node', args: ['hidden'] } }],
    };
    expect(restored(elsewhere, DOCUMENT).problems).toEqual([
      'lookup.url: "hidden" stands for what is known already, and nothing is.',
      'lookup.secret: "hidden" stands for the secret known for the same address, and none is.',
      'tools.0.mcp.args: "hidden" stands for what is known already, and nothing is.',
    ]);
  });
});
