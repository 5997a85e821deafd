import { describe, expect, it } from '@jest/globals';
import { IsInt, IsString, Max } from 'class-validator';
import type { AiBackend, PluginHost } from '#libs/contracts';
import { defineBackend, Setting } from '#libs/contracts';
import { ConfiguredBackends } from './backend-shelf.js';

class VoiceConfig {
  @Setting({ doc: 'Key.', secret: true })
  @IsString()
  key = '';

  @Setting({ doc: 'Address.', gatewayOnly: true })
  @IsString()
  url = 'wss://ai.example.com';

  @Setting({ doc: 'Speed.' })
  @IsInt()
  @Max(9)
  speed = 1;
}

interface Voice extends AiBackend {
  readonly config: VoiceConfig;
}

const host = { backend: 'voice' } as PluginHost;

function shelf(): ConfiguredBackends {
  const definition = defineBackend({
    name: 'voice',
    config: VoiceConfig,
    create: (config) => ({ name: 'voice', config }) as unknown as Voice,
  });
  const config = Object.assign(new VoiceConfig(), { key: 'the key', speed: 3 });
  return new ConfiguredBackends([{ definition, config: config as object }] as never, 'voice', host);
}

function codeOf(act: () => unknown): string {
  try {
    act();
    return 'nothing was thrown';
  } catch (thrown) {
    return `${(thrown as { code: string }).code}: ${(thrown as Error).message}`;
  }
}

describe('ConfiguredBackends', () => {
  it("lays an agent's settings over the gateway's own", () => {
    expect((shelf().get(null, { speed: 5 }) as Voice).config).toEqual({
      key: 'the key',
      url: 'wss://ai.example.com',
      speed: 5,
    });
    expect((shelf().get('voice', {}) as Voice).config.speed).toBe(3);
  });

  it('makes one backend for the same settings, in whatever order', () => {
    const backends = shelf();
    expect(backends.get('voice', { speed: 5 })).toBe(backends.get(null, { speed: 5 }));
    expect(backends.get('voice', { speed: 6 })).not.toBe(backends.get('voice', { speed: 5 }));
  });

  it('names what is wrong', () => {
    expect(codeOf(() => shelf().get('voise', {}))).toMatch(/^BACKEND_UNKNOWN: .*did you mean voice/);
    expect(codeOf(() => shelf().get('voice', { speed: 10, pitch: 1 }))).toMatch(
      /^BACKEND_SETTINGS_INVALID: .*pitch is not a setting.*speed.*greater than 9/,
    );
  });

  it('lets no agent send the key of the gateway somewhere else', () => {
    expect(codeOf(() => shelf().get('voice', { url: 'wss://evil.example.com' }))).toContain(
      'url belongs to the gateway',
    );
    expect(codeOf(() => shelf().get('voice', { key: 'k' }))).toContain('key belongs to the gateway');
  });
});
