import type { PlatformAdapter, PlatformCapabilities, SetupEntry } from '#libs/contracts';
import { LOOPBACK_CAPABILITIES } from './loopback.leg.js';

export class LoopbackAdapter implements PlatformAdapter {
  readonly name = 'loopback';
  readonly capabilities: PlatformCapabilities = LOOPBACK_CAPABILITIES;

  /** An example has nothing that somebody could paste anywhere. */
  setup(): readonly SetupEntry[] {
    return [];
  }
}
