import type { PlatformAdapter, PlatformCapabilities, SetupEntry } from '#libs/contracts';
import { LOOPBACK_CAPABILITIES } from './loopback.leg.js';

export class LoopbackAdapter implements PlatformAdapter {
  readonly name = 'loopback';
  readonly capabilities: PlatformCapabilities = LOOPBACK_CAPABILITIES;

  setup(origin: string): readonly SetupEntry[] {
    const url = `${origin.replace(/^http/, 'ws')}/loopback`;
    return [{ title: 'Loopback (example)', state: 'loopback-only', lines: [`socket ${url}`] }];
  }
}
