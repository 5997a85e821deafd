import { Part } from './part.mjs';

const PROBE = ['--expose-gc', '--import', new URL('probe.mjs', import.meta.url).href];
/** A call that is set up while others run waits for its place, and no figure is about the limit. */
const MOST_CALLS = 2000;

/** Everything that takes part, each in a process of its own; started when first needed. */
export class BenchSite {
  #parts = [];
  #started = new Map();

  twilio() {
    return this.#once('Twilio', () => this.#part('Twilio', 'test/load/twilio-callers.mjs'));
  }

  audioCodes() {
    return this.#once('AudioCodes', () => this.#part('AudioCodes', 'test/load/audiocodes-callers.mjs'));
  }

  ai() {
    return this.#once('AI', () => this.#part('AI', 'test/load/ai-peer.mjs'));
  }

  relay() {
    return this.#once('relay', async () => {
      const env = { AI_URL: await this.#aiUrl() };
      return this.#subject('relay', 'test/load/relay.mjs', env, PROBE);
    });
  }

  /** One for all figures that may share it. `audioFormat`: "pcm" or "pcmu". */
  gateway(audioFormat) {
    return this.#once(`gateway ${audioFormat}`, () => this.newGateway(audioFormat));
  }

  /** The gateway as `npm start` starts it, in front of the AI. */
  async newGateway(audioFormat) {
    const env = {
      HOST: '127.0.0.1',
      PORT: '0',
      MAX_CALLS: String(MOST_CALLS),
      LOG_LEVEL: 'warn',
      OPENAI_API_KEY: 'bench',
      OPENAI_REALTIME_URL: await this.#aiUrl(),
      OPENAI_AUDIO_FORMAT: audioFormat,
      AUDIOCODES_CALLER_24K: 'true',
      AGENT_GREETING: '',
    };
    const execArgv = ['--enable-source-maps', ...PROBE];
    return this.#subject(`gateway ${audioFormat}`, 'dist/apps/gateway/src/main.js', env, execArgv);
  }

  /** Ends every process. */
  async close() {
    await Promise.all(this.#parts.map((part) => part.end()));
  }

  /** A process under test: `{name, part, origin}`. It says where it listens. */
  async #subject(name, script, env, execArgv) {
    const part = this.#part(name, script, { env, execArgv });
    const [, origin] = await part.says(/listening on (http:\S+)/);
    return { name, part, origin };
  }

  async #aiUrl() {
    const ai = await this.ai();
    return `ws://127.0.0.1:${await ai.ask('listen')}/v1/realtime`;
  }

  #part(name, script, options) {
    const part = new Part(name, script, options);
    this.#parts.push(part);
    return part;
  }

  #once(key, start) {
    if (!this.#started.has(key)) this.#started.set(key, Promise.resolve(start()));
    return this.#started.get(key);
  }
}
