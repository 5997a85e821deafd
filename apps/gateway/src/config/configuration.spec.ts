import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { type Environment, loadConfiguration } from './configuration.js';

function file(text: string): string {
  const path = join(mkdtempSync(join(tmpdir(), 'patchbay-config-')), 'config.yaml');
  writeFileSync(path, text);
  return path;
}

const SMALL = 'platforms:\n  loopback: {}\nbackends:\n  echo: {}\n';

async function problems(text: string, env: Environment = {}): Promise<string> {
  return loadConfiguration(env, file(text)).then(
    () => 'no problem',
    (error: { code: string; message: string }) => {
      expect(error.code).toBe('CONFIG_INVALID');
      return error.message;
    },
  );
}

describe('loadConfiguration', () => {
  it('starts from nothing with the echo agent', async () => {
    const configuration = await loadConfiguration({}, file(SMALL));
    expect(configuration.aiBackend).toBe('echo');
    expect(configuration.gateway).toMatchObject({ port: 3000, host: '0.0.0.0', publicUrl: null });
    expect(configuration.platforms.map(({ definition }) => definition.name)).toEqual(['loopback']);
  });

  it('reads the shipped file', async () => {
    const configuration = await loadConfiguration({}, 'config/default.yaml');
    expect(configuration.platforms.map(({ definition }) => definition.name)).toEqual([
      'twilio',
      'audiocodes',
      'loopback',
      'browser',
    ]);
  });

  it('lets the environment win over the file, and turns text into what the setting is', async () => {
    const text = `gateway:\n  port: 4000\n  maxCalls: 7\n${SMALL}`;
    const { gateway } = await loadConfiguration({ PORT: '5000', LOG_PERSONAL_DATA: 'true' }, file(text));
    expect(gateway).toMatchObject({ port: 5000, maxCalls: 7, logPersonalData: true });
  });

  it('takes the OpenAI backend when a key is there, and says when that backend is not loaded', async () => {
    const configuration = await loadConfiguration({ OPENAI_API_KEY: 'k' }, 'config/default.yaml');
    expect(configuration.aiBackend).toBe('openai-realtime');
    expect(await problems(SMALL, { AI_BACKEND: 'ecko' })).toContain(
      'backend "ecko" is not a setting; did you mean echo',
    );
  });

  it('takes the slash off the public origin', async () => {
    const { gateway } = await loadConfiguration({ PUBLIC_URL: 'https://voice.example.com/' }, file(SMALL));
    expect(gateway.publicUrl).toBe('https://voice.example.com');
  });

  it('names everything that is wrong at once, and what was probably meant', async () => {
    const text = `gatway: {}\ngateway:\n  prot: 1\n${SMALL}`;
    const message = await problems(text, { PORT: 'eighty', PUBLIC_URL: 'voice' });
    expect(message).toContain('gatway is not a setting; did you mean gateway');
    expect(message).toContain('gateway.prot is not a setting; did you mean port');
    expect(message).toMatch(/PORT \(gateway\.port\): must/);
    expect(message).toMatch(/PUBLIC_URL \(gateway\.publicUrl\): must/);
  });

  it('names a misspelt variable of ours in the environment and leaves other people’s alone', async () => {
    const message = await problems(readDefault(), {
      TWILIO_AUTH_TOKN: 'x',
      HOME: '/root',
      AGENT_VERSION: '1',
    });
    expect(message).toContain(
      'Environment variable TWILIO_AUTH_TOKN is not a setting; did you mean TWILIO_AUTH_TOKEN',
    );
    expect(message.match(/Environment variable/g)).toHaveLength(1);
  });

  it('names a plug-in that does not exist or stands on the wrong shelf', async () => {
    const message = await problems('platforms:\n  acme: {}\n  echo: {}\nbackends:\n  echo: {}\n');
    expect(message).toContain('platforms.acme could not be loaded');
    expect(message).toContain('platforms.echo could not be loaded');
  });

  it('says when the file is missing or is no YAML', async () => {
    await expect(loadConfiguration({}, '/nowhere/config.yaml')).rejects.toThrow('does not exist');
    expect(await problems('{ not yaml')).toContain('is no YAML');
    expect(await problems('- a\n- list\n')).toContain('must be a list of sections');
  });
});

function readDefault(): string {
  return 'platforms:\n  twilio: {}\nbackends:\n  echo: {}\n';
}
