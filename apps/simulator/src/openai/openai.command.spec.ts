import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { openaiCommand } from './openai.command.js';
import { PlainClient } from './testing/plain-client.js';

afterEach(() => {
  jest.restoreAllMocks();
  process.exitCode = undefined;
});

/** Runs the command until the given work is done, and returns what it printed and its exit code. */
async function run(
  args: readonly string[],
  work: (url: string) => Promise<void>,
): Promise<{ text: string; exitCode: unknown }> {
  let text = '';
  let announced: (url: string) => void = () => undefined;
  const url = new Promise<string>((resolve) => {
    announced = resolve;
  });
  jest.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
    text += String(chunk);
    const match = /OPENAI_REALTIME_URL=(\S+)/.exec(text);
    if (match?.[1] !== undefined) announced(match[1]);
    return true;
  });
  const running = openaiCommand().parseAsync(['--port', '0', ...args], { from: 'user' });
  await work(await url);
  process.emit('SIGINT');
  await running;
  return { text, exitCode: process.exitCode };
}

describe('sim openai', () => {
  it('serves until it is interrupted, and says that nothing was wrong', async () => {
    const { text, exitCode } = await run(
      ['--answer', 'tone:500:300', '--speed', '0', '--think', '0'],
      async (url) => {
        const client = await PlainClient.connect(url);
        await client.update({});
        client.send({ type: 'response.create' });
        await client.next('response.done');
        expect(
          client.soundOf(client.journal.ofType('response.output_audio.delta')[0]?.event.item_id),
        ).toHaveLength(300 * 48);
      },
    );
    expect(text).toContain('1 sessions, 0 breaches');
    expect(text).toMatch(/OPENAI_TEXT_URL=http:\/\/127\.0\.0\.1:\d+\/v1\/chat\/completions\n/);
    expect(exitCode).toBeUndefined();
  });

  it('ends with 1 when a client broke a rule, and says which', async () => {
    const { text, exitCode } = await run(['--fault', 'fail-response=server_error'], async (url) => {
      const client = await PlainClient.connect(url);
      await client.refusalOf({ type: 'response.stop' });
      client.send({ type: 'response.create' });
      expect(await client.next('response.done')).toMatchObject({ response: { status: 'failed' } });
    });
    expect(text).toContain('refused: response.stop: invalid_value');
    expect(exitCode).toBe(1);
  });

  it.each([[['--fault', 'cat']], [['--answer', 'song']], [['--answer', 'tone:1']], [['--speed', 'fast']]])(
    'refuses %j',
    async (args) => {
      const command = openaiCommand()
        .exitOverride()
        .configureOutput({ writeErr: () => undefined });
      await expect(command.parseAsync(args, { from: 'user' })).rejects.toThrow('invalid');
    },
  );

  it('lists the faults in its help', () => {
    let help = '';
    const command = openaiCommand()
      .exitOverride()
      .configureOutput({
        writeOut: (text) => {
          help += text;
        },
      });
    expect(() => command.parse(['--help'], { from: 'user' })).toThrow();
    expect(help).toContain('refuse-upgrade');
  });
});
