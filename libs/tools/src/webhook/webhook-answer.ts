import type { HttpAnswer } from '#libs/contracts';
import { boundedAnswer } from '../answer-text.js';
import { toolAnswerWrong } from '../errors.js';

const DONE = 'Done. The service gave no further answer.';
const TEXTS: ReadonlySet<string> = new Set(['text/plain', 'text/markdown', 'text/csv', '']);
/** Characters that no text for people or programs holds. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
const BINARY = /[\u0000-\u0008\u000e-\u001a\u001c-\u001f]/;

/**
 * A service's answer as the model reads it: JSON or text, bounded. Throws GatewayError TOOL_ANSWER_WRONG for what is neither or
 * is not what it says it is.
 */
export function answerText(answer: HttpAnswer): string {
  const type = (answer.headers['content-type'] ?? '').split(';')[0]!.trim().toLowerCase();
  const encoding = answer.headers['content-encoding'] ?? 'identity';
  if (answer.body.length === 0) return DONE;
  if (encoding !== 'identity') throw toolAnswerWrong(`data compressed as ${label(encoding)}`);
  const isJson = type === 'application/json' || type.endsWith('+json');
  if (!isJson && !TEXTS.has(type)) {
    throw toolAnswerWrong(type === 'text/html' ? 'a web page' : `data of the type ${label(type)}`);
  }
  const text = decoded(answer.body);
  if (text === null) throw toolAnswerWrong(`binary data that says it is ${isJson ? 'JSON' : 'text'}`);
  if (isJson) return boundedAnswer(compactJson(text));
  if (type === '' && /^\s*<(!doctype|html)/i.test(text)) throw toolAnswerWrong('a web page');
  return text.trim() === '' ? DONE : boundedAnswer(text);
}

function compactJson(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text));
  } catch {
    throw toolAnswerWrong('something that says it is JSON and is not');
  }
}

function decoded(body: Uint8Array): string | null {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(body);
    return BINARY.test(text) ? null : text;
  } catch {
    return null;
  }
}

/** What the far side calls something, fit for a sentence. */
function label(text: string): string {
  return text.replace(/[^a-z0-9/.+-]/gi, '').slice(0, 60);
}
