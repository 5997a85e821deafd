import { GatewayError } from '#libs/contracts';
import { loadConfiguration } from './config/configuration.js';
import { Gateway } from './gateway.js';

async function start(): Promise<void> {
  const gateway = await Gateway.create(await loadConfiguration(process.env));
  await gateway.listen();
  process.stdout.write(`${gateway.setupText}\n  Patchbay listening on ${gateway.localOrigin}\n\n`);

  let draining = false;
  const drain = (deadlineMs?: number): void => {
    draining = true;
    gateway.drain(deadlineMs).then(() => process.exit(), fail);
  };
  // A second signal means: now.
  const stop = (): void => (draining ? drain(0) : drain());
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  // A fault of ours that nobody caught: the running calls go on, new ones go to the process that the supervisor starts next.
  const broken = (thrown: unknown): void => {
    gateway.tellFault(thrown);
    process.exitCode = 1;
    if (!draining) drain();
  };
  process.on('uncaughtException', broken);
  process.on('unhandledRejection', broken);
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
