import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { encodeMulaw } from '#libs/audio';
import { audiocodesCommand } from '../audiocodes/audiocodes.command.js';
import type { CallReport } from '../call/call-report.js';
import { activity, answerPolitely } from '../testing/polite-bot.js';
import { ScriptedBot } from '../testing/scripted-bot.js';
import { shortSpeech } from '../testing/short-speech.js';
import { twilioCommand } from '../twilio/twilio.command.js';

const payload = Buffer.from(encodeMulaw(shortSpeech(200).samples)).toString('base64');

const FAULT_FLAGS = [
  ...['--loss', '--jitter', '--late', '--reorder', '--dtx', '--gap', '--cut', '--slow-reader', '--seed'],
  ...['--tone', '--clip', '--echo', '--noise', '--hum', '--bandwidth', '--gain', '--dc-offset'],
  ...['--mute-every', '--repeat-every', '--click-every', '--format-fault'],
];

describe('the command line', () => {
  let bot: ScriptedBot;
  let printed: string;

  beforeEach(async () => {
    bot = await ScriptedBot.listen();
    bot.onMessage = (message, reply) => {
      if (message.event === 'start')
        reply({ event: 'media', streamSid: message.streamSid, media: { payload } });
    };
    printed = '';
    jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
      printed += text;
      return true;
    });
    process.exitCode = undefined;
  });

  afterEach(async () => {
    jest.restoreAllMocks();
    process.exitCode = undefined;
    await bot.close();
  });

  const twilio = (...flags: string[]) =>
    twilioCommand().parseAsync([bot.url('/s'), ...flags], { from: 'user' });
  const audiocodes = (...flags: string[]) =>
    audiocodesCommand().parseAsync([bot.url('/a'), ...flags], { from: 'user' });

  it('places several calls and prints a table', async () => {
    await twilio('--calls', '3', '--ramp', '60', '--pause', '20');
    expect(process.exitCode).toBeUndefined();
    expect(bot.upgrades).toHaveLength(3);
    expect(printed.match(/caller-hung-up/g)).toHaveLength(3);
    expect(printed.match(/good$/gm)).toHaveLength(3);
  });

  it('sums up many calls', async () => {
    await twilio('--calls', '12', '--pause', '20');
    expect(printed).toContain('12 calls, 12 good, 0 bad');
    expect(printed).toMatch(/first heard +n 12, p50 \d+ ms/);
  });

  it('fails with exit code 1 on a breach, and says which', async () => {
    bot.onMessage = (message, reply) => {
      if (message.event !== 'start') return;
      reply({ event: 'media', streamSid: message.streamSid, media: { payload } });
      reply({ event: 'clear' });
    };
    await twilio('--pause', '20');
    expect(process.exitCode).toBe(1);
    expect(printed).toContain('breach 31951');
    expect(printed).toMatch(/BAD$/m);
  });

  it('fails when a call does not end as expected, and is content when it does', async () => {
    bot.refuseWith = 401;
    await twilio('--pause', '20');
    expect(process.exitCode).toBe(1);
    process.exitCode = undefined;
    await twilio('--pause', '20', '--expect', 'refused');
    expect(process.exitCode).toBeUndefined();
  });

  it('prints the reports as JSON and leaves recordings', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'sim-'));
    await twilio('--press', '5', '--pause', '100', '--json', '--out', folder);
    const [report] = JSON.parse(printed) as CallReport[];
    expect(report).toMatchObject({ platform: 'twilio', outcome: 'caller-hung-up', ok: true });
    expect(await readdir(folder)).toEqual([`twilio-${report!.callId}.wav`]);
    await rm(folder, { recursive: true });
    expect(bot.messages.some((message) => message.event === 'dtmf')).toBe(true);
  });

  it('does what the flags say in their order', async () => {
    await twilio('--pause', '20', '--press', '1', '--say', 'caller-bye', '--press', '2', '--patience', '300');
    const keys = bot.messages.findIndex((message) => message.dtmf?.digit === '1');
    const speech = bot.messages.findIndex(
      (message) => message.event === 'media' && !/^\/+w==$/.test(message.media.payload),
    );
    const after = bot.messages.findIndex((message) => message.dtmf?.digit === '2');
    expect(keys).toBeGreaterThan(0);
    expect(speech).toBeGreaterThan(keys);
    expect(after).toBeGreaterThan(speech);
    expect(printed).toContain('Waited in vain for the agent to speak.');
    expect(process.exitCode).toBe(1);
    // Speech of two seconds, said and listened for in real time.
  }, 20_000);

  it('calls as AudioCodes, with its own flags', async () => {
    answerPolitely(bot, { mediaFormat: 'raw/mulaw', onStart: (reply) => reply(activity('hangup')) });
    await audiocodes(
      '--token',
      'S3cret',
      '--offer',
      'raw/mulaw',
      '--parameter',
      'X-Tenant=acme',
      '--no-greeting',
    );
    expect(process.exitCode).toBeUndefined();
    expect(bot.upgrades[0]!.headers.authorization).toBe('Bearer S3cret');
    expect(bot.messages[0].supportedMediaFormats).toEqual(['raw/mulaw']);
    expect(bot.messages[1].activities[0].parameters).toMatchObject({ 'X-Tenant': 'acme' });
    expect(printed).toContain('agent-hung-up');
  });

  it('checks an AudioCodes bot', async () => {
    answerPolitely(bot);
    await audiocodes('--validate');
    expect(printed).toContain('socket   good');
    expect(printed).toContain('HTTP     HTTP 404');
    expect(process.exitCode).toBe(1);
  });

  it('has a line with the faults it is given', async () => {
    await twilio(
      ...['--noise', '12:pink', '--hum', '20:60', '--echo', '200:-20', '--gain', '-6', '--dc-offset', '0.01'],
      ...['--late', '50:100', '--reorder', '5', '--clip', '2', '--mute-every', '500', '--bandwidth', '3000'],
      ...['--no-greeting', '--pause', '400', '--patience', '100'],
    );
    const frames = bot.messages.filter((message) => message.event === 'media');
    expect(frames.length).toBeGreaterThan(10);
    // But for the muted ones, every frame carries noise. They overtake each other; their timestamps tell which is which.
    const [first] = frames;
    const slots = frames.map(({ media }) => ({
      slot: Math.round((media.timestamp - first!.media.timestamp) / 20),
      isSilent: /^\/+w==$/.test(media.payload),
    }));
    expect(slots.filter(({ isSilent }) => isSilent)).toEqual(slots.filter(({ slot }) => slot % 25 === 24));
    expect(slots.some(({ isSilent }) => isSilent)).toBe(true);
  });

  it.each([
    ['--late', '50'],
    ['--late', '0:100'],
    ['--echo', '200'],
    ['--noise', '10:brown'],
    ['--hum', '10:55'],
    ['--format-fault', 'nothing'],
    ['--gain', 'loud'],
  ])('refuses %s %s', (flag, value) => {
    jest.spyOn(process.stderr, 'write').mockReturnValue(true);
    const command = twilioCommand().exitOverride();
    expect(() => command.parse([bot.url('/s'), flag, value], { from: 'user' })).toThrow(
      expect.objectContaining({ code: 'commander.invalidArgument' }),
    );
  });

  it('shows all faults of the line in its help', () => {
    for (const command of [twilioCommand(), audiocodesCommand()]) {
      const help = command.helpInformation();
      for (const flag of FAULT_FLAGS) expect(help).toContain(flag);
    }
  });

  it('never prints a token that it found in the environment', () => {
    process.env.TWILIO_AUTH_TOKEN = 'very-secret';
    process.env.AUDIOCODES_TOKEN = 'very-secret';
    expect(twilioCommand().helpInformation() + audiocodesCommand().helpInformation()).not.toContain(
      'very-secret',
    );
    delete process.env.TWILIO_AUTH_TOKEN;
    delete process.env.AUDIOCODES_TOKEN;
  });
});
