import type {
  ChatCompletionCreateParamsNonStreaming,
  ChatCompletionMessageParam,
} from 'openai/resources/chat/completions';
import type { AgentSettings, TextLine } from '#libs/contracts';
import type { OpenAiRealtimeConfig } from './openai-realtime.config.js';

/** Said to the model after what the agent was told, so that it wins where the two differ. */
const RULES = [
  'You are on the telephone and speak in turns: what you write is read out by a synthetic voice, and what the caller answers is',
  'written down by a machine, which errs; ask when it makes no sense. Keys that were pressed appear as digits.',
  'Write nothing but the words to be said: one to three short sentences, as people speak, without markup, lists, emoji or links.',
  'You have no functions now, whatever was said before. Do not claim to have looked up, booked, changed or forwarded anything; say',
  'that it is not possible at the moment where the caller needs it. Go on with the conversation without a new greeting.',
].join(' ');

/** What is null is left out, so that a compatible server is not asked for what it does not know. */
export function textRequest(
  config: OpenAiRealtimeConfig,
  agent: AgentSettings,
  lines: readonly TextLine[],
): ChatCompletionCreateParamsNonStreaming {
  const { textModel, textMaxTokens } = config;
  const system = [agent.instructions, RULES, languageOf(agent)].filter((part) => part !== '').join('\n\n');
  const messages: ChatCompletionMessageParam[] = newest(lines, config).map(({ speaker, text }) => ({
    role: speaker === 'caller' ? 'user' : 'assistant',
    content: text,
  }));
  return {
    model: textModel,
    messages: [{ role: 'system', content: system }, ...messages],
    ...(textMaxTokens !== null && { max_completion_tokens: textMaxTokens }),
  };
}

/** The end of the conversation, within the bounds of what a model is told of it; what the caller has just said is always told. */
function newest(
  lines: readonly TextLine[],
  { historyTurns, historyLetters }: OpenAiRealtimeConfig,
): readonly TextLine[] {
  let letters = 0;
  let from = lines.length - 1;
  for (; from > 0 && lines.length - from <= historyTurns; from--) {
    letters += lines[from - 1]!.text.length;
    if (letters > historyLetters) break;
  }
  return lines.slice(Math.max(0, from));
}

function languageOf({ language }: AgentSettings): string {
  if (language === null) return '';
  const name = new Intl.DisplayNames(['en'], { type: 'language' }).of(language) ?? language;
  return `Speak ${name}, unless the caller speaks another language.`;
}
