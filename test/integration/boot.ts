import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { IsBoolean } from 'class-validator';
import { type Environment, Gateway, type GatewayOptions, loadConfiguration } from '#apps/gateway';
import type { AiBackend } from '#libs/contracts';
import { defineBackend, Setting } from '#libs/contracts';
import { EventTape } from '#libs/testing';

export interface Booted {
  readonly gateway: Gateway;
  readonly origin: string;
  /** The same for sockets. */
  readonly wsOrigin: string;
  readonly tape: EventTape;
}

export interface BootOptions extends GatewayOptions {
  /** In place of the shipped configuration file. */
  readonly yaml?: string;
  /** Answers the calls in place of the configured backend. */
  readonly backend?: AiBackend;
}

/** A class without any setting is one that the configuration knows nothing of. */
class NoSettings {
  @Setting({ doc: 'Without meaning.' })
  @IsBoolean()
  unused = false;
}

const running: Gateway[] = [];

/** The real gateway on a free port of this machine, with the shipped configuration unless another text is given. */
export async function boot(env: Environment = {}, options: BootOptions = {}): Promise<Booted> {
  const file = options.yaml === undefined ? 'config/default.yaml' : yamlFile(options.yaml);
  const configuration = await loadConfiguration(
    { PORT: '0', HOST: '127.0.0.1', LOG_LEVEL: 'silent', AI_BACKEND: 'echo', ...folders(), ...env },
    file,
  );
  const { backend } = options;
  const gateway = await Gateway.create(
    backend === undefined
      ? configuration
      : {
          ...configuration,
          aiBackend: backend.name,
          backends: [
            {
              definition: defineBackend({ name: backend.name, config: NoSettings, create: () => backend }),
              config: new NoSettings(),
            },
          ],
        },
    options,
  );
  running.push(gateway);
  const tape = new EventTape(gateway.events);
  await gateway.listen();
  return { gateway, origin: gateway.localOrigin, wsOrigin: gateway.localOrigin.replace('http', 'ws'), tape };
}

/** For `afterEach`: no gateway outlives its test. */
export async function closeAll(): Promise<void> {
  await Promise.all(running.splice(0).map((gateway) => gateway.close()));
}

/** Nothing is shared between gateways, and nothing is kept in the project's own folders. */
function folders(): Environment {
  const folder = mkdtempSync(join(tmpdir(), 'patchbay-'));
  mkdirSync(join(folder, 'agents'));
  return { DATA_DIR: join(folder, 'data'), AGENTS_DIR: join(folder, 'agents') };
}

function yamlFile(text: string): string {
  const path = join(mkdtempSync(join(tmpdir(), 'patchbay-')), 'config.yaml');
  writeFileSync(path, text);
  return path;
}
