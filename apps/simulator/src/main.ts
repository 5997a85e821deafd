import { Command } from 'commander';
import { audiocodesCommand } from './audiocodes/audiocodes.command.js';
import { openaiCommand } from './openai/index.js';
import { twilioCommand } from './twilio/twilio.command.js';

await new Command('npm run sim --')
  .description(
    'Simulated far sides for Patchbay: callers on Twilio and AudioCodes, and an OpenAI Realtime server.',
  )
  .addCommand(twilioCommand())
  .addCommand(audiocodesCommand())
  .addCommand(openaiCommand())
  .addHelpText(
    'after',
    '\nEach command has its own --help. Exit code 1: a call was not good, or a client broke a rule.',
  )
  .parseAsync();
