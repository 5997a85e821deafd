import { plain } from './errors.js';
import { errorOf, type ServerError, text, type Wire, wire } from './server-objects.js';
import { textEmpty, textUnreadable } from './text-errors.js';

/** An answer of a few sentences is some kilobytes long, with everything that vendors put around it. */
const MOST_BYTES = 256 * 1024;
/** About a minute and a half of speech: nobody listens to more in one go. */
const MOST_LETTERS = 1500;
const SENTENCES = /^[\s\S]*(?:[.!?…]["'”’)]*(?=\s|$)|[。！？])/u;

/** The words to be said; `onUsage` is told what they used. Throws GatewayError OPENAI_TEXT_UNREADABLE or OPENAI_TEXT_EMPTY. */
export async function wordsOf(response: Response, onUsage: (usage: Wire | null) => void): Promise<string> {
  const body = await bodyOf(response);
  if (body === null) throw textUnreadable(`more than ${MOST_BYTES} bytes`);
  const answer = objectOf(body);
  onUsage(wire(answer?.usage));
  const choices = answer?.choices;
  const choice = Array.isArray(choices) ? wire(choices[0]) : null;
  const message = wire(choice?.message);
  if (choice === null || message === null) {
    throw textUnreadable(
      answer === null ? plain(response.headers.get('content-type') ?? 'no JSON') : 'no message',
    );
  }
  const reason = text(choice.finish_reason);
  // A model that declines says so in words of its own, beside the content.
  const words = speakable(text(message.content) || text(message.refusal) || '');
  const cut = words.length > MOST_LETTERS;
  const said = cut || reason === 'length' ? wholeSentences(words.slice(0, MOST_LETTERS)) : words;
  if (said === '') throw textEmpty(reason);
  return said;
}

/** What an answer that is not 2xx says of it; null where it says nothing in the words of this API. */
export async function refusalOf(response: Response): Promise<ServerError | null> {
  const body = await bodyOf(response);
  return body === null ? null : errorOf(objectOf(body)?.error);
}

/** Null: there was more than fits. The rest is not read. Rejects when the connection breaks. */
async function bodyOf(response: Response): Promise<string | null> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of response.body ?? []) {
    bytes += piece.length;
    if (bytes > MOST_BYTES) return null;
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString('utf8');
}

function objectOf(body: string): Wire | null {
  try {
    return wire(JSON.parse(body));
  } catch {
    return null;
  }
}

/** A voice reads asterisks and number signs out. */
function speakable(words: string): string {
  return words
    .slice(0, 2 * MOST_LETTERS)
    .replace(/^[ \t]*(?:#{1,6}|[-*•])[ \t]+/gm, '')
    .replace(/(\*\*|__|`)(?=\S)(.+?)\1/g, '$2')
    .replace(/\s+/g, ' ')
    .trim();
}

/** Without the sentence that was cut off; a single one stays as far as it goes. */
function wholeSentences(words: string): string {
  return SENTENCES.exec(words)?.[0] ?? words;
}
