import { describe, expect, it } from '@jest/globals';
import { redisPrefix } from './redis-prefix.js';

const dataDir = './data';
const of = (databaseUrl: string | null, folder = dataDir) => redisPrefix({ databaseUrl, dataDir: folder });

describe('the prefix of the keys in Redis', () => {
  it('is the same for gateways that share a database, whatever their folders and passwords', () => {
    const prefix = of('postgres://ada:old@db:5432/calls');
    expect(prefix).toMatch(/^patchbay:[0-9a-f]{12}$/);
    expect(of('postgres://ada:new@db:5432/calls', './other')).toBe(prefix);
  });

  it('differs with the server, the database and the schema', () => {
    const urls = ['db/calls', 'other/calls', 'db/tests', 'db/calls?options=-c%20search_path%3Dmine'];
    expect(new Set(urls.map((url) => of(`postgres://${url}`))).size).toBe(urls.length);
  });

  it('follows the folder of the embedded database', () => {
    expect(of(null, './a')).toBe(of(null, `${process.cwd()}/a`));
    expect(of(null, './a')).not.toBe(of(null, './b'));
  });
});
