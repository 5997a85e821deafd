import { GatewayError } from '#libs/contracts';
import { loadConfiguration } from './config/configuration.js';
import { Gateway } from './gateway.js';

async function start(): Promise<void> {
  const gateway = await Gateway.create(await loadConfiguration(process.env));
  await gateway.listen();
  process.stdout.write(`${gateway.setupText}\n  Patchbay listening on ${gateway.localOrigin}\n\n`);

  let signals = 0;
  const stop = (): void => {
    // A second signal means: now.
    const done = ++signals === 1 ? gateway.drain() : gateway.drain(0);
    done.then(
      () => process.exit(0),
      (thrown: unknown) => fail(thrown),
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}

function fail(thrown: unknown): never {
  if (thrown instanceof GatewayError) {
    process.stderr.write(`${thrown.code}: ${thrown.message}\n${thrown.advice ?? ''}\n`);
  } else {
    process.stderr.write(
      `Patchbay could not go on: ${thrown instanceof Error ? thrown.stack : String(thrown)}\n`,
    );
  }
  process.exit(1);
}

start().catch(fail);
