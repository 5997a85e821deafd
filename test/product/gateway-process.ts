import { until } from '#libs/testing';
import { SourceProcess } from './source-process.js';

const READY_WITHIN_MS = 30_000;

/** A gateway in a process of its own: what a kill leaves behind, and what it does beside other programs, only a process can show. */
export class GatewayProcess extends SourceProcess {
  private constructor(
    readonly origin: string,
    env: Readonly<Record<string, string>>,
  ) {
    super('apps/gateway/src/main.ts', { env });
  }

  /** Resolves when it listens. */
  static async start(port: number, settings: Readonly<Record<string, string>>): Promise<GatewayProcess> {
    const gateway = new GatewayProcess(`http://127.0.0.1:${port}`, {
      HOST: '127.0.0.1',
      PORT: String(port),
      LOG_LEVEL: 'warn',
      DRAIN_SECONDS: '0',
      ...settings,
    });
    const isUp = () => gateway.output.includes('Patchbay listening on');
    await until(() => isUp() || gateway.isOver, 'the gateway', READY_WITHIN_MS).catch(() => undefined);
    if (!isUp()) {
      const what = gateway.isOver
        ? 'ended before it listened'
        : `did not listen within ${READY_WITHIN_MS} ms`;
      throw new Error(`The gateway ${what}.\n${gateway.output}${gateway.complaints}`);
    }
    return gateway;
  }
}
