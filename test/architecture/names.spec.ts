import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';

const SHELVES = ['platforms', 'backends', 'observers'];
const FOLDERS = ['apps/gateway/src', 'libs/contracts/src', 'libs/audio/src', 'libs/core/src'];

/** Words of the field that a plug-in happens to bear: the vocabulary of events and figures is the contracts' own. */
const VOCABULARY = /'(quality|conversation)\.[a-z]+'|'echo'|'\.\/(quality|conversation|records)\.js'/g;

function sources(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.spec.ts'))
    .map((file) => join(folder, file));
}

describe('a plug-in is one folder', () => {
  const plugins = SHELVES.flatMap((shelf) => readdirSync(`libs/${shelf}`));
  const files = FOLDERS.flatMap(sources);

  it('of which there are several, so that this test means something', () => {
    expect(plugins).toEqual(
      expect.arrayContaining(['twilio', 'audiocodes', 'loopback', 'openai-realtime', 'echo', 'metrics']),
    );
    expect(files.length).toBeGreaterThan(30);
  });

  it.each(plugins)('%s is named nowhere in the gateway, the core, the contracts and the sound', (plugin) => {
    const naming = new RegExp(`['"\`/]${plugin}['"\`/.]`);
    // Sentences for operators may give examples; code may not know a plug-in.
    const code = (text: string) =>
      text.replace(/(?:doc|example|advice):\s*['"`].*$/gm, '').replace(/^\s*(\/\/|\*|\/\*).*$/gm, '');
    const read = (file: string) => {
      const text = code(readFileSync(file, 'utf8'));
      return file.startsWith('libs/contracts/') ? text.replace(VOCABULARY, '') : text;
    };
    const offenders = files.filter((file) => naming.test(read(file)));
    expect(offenders).toEqual([]);
  });
});
