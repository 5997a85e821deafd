import { relative } from 'node:path';
import { inboundCalls } from './inbound-calls.js';
import { customer, outboundCall } from './outbound-call.js';
import { say } from './print.js';
import { setStage } from './stage.js';

const FOLDER = 'demo-output';

async function demo(): Promise<boolean> {
  say('Starting simulated OpenAI, Twilio and AudioCodes, a server with a tool, and the gateway.');
  const stage = await setStage(FOLDER, customer);
  const { openai, folder } = stage;
  try {
    say('Two callers ring up, one through Twilio and one through AudioCodes. This takes half a minute.\n');
    const inbound = await inboundCalls(stage);
    say('Now the gateway calls: an agent with a tool, a recording and somebody to hand over to.\n');
    const outbound = await outboundCall(stage, openai.sessions.length + 1);
    for (const breach of openai.breaches) say(`the simulated OpenAI complains: ${breach.message}`);
    const good = inbound && outbound && openai.breaches.every((breach) => breach.kind !== 'refused');
    say(`\nAll of it, with the agent, the gateway's data and its log: ${relative('.', folder)}/`);
    say(good ? 'Three good calls.' : 'Not every call was good.');
    return good;
  } finally {
    await stage.close();
  }
}

process.exitCode = (await demo()) ? 0 : 1;
