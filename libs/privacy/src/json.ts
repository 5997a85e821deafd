/** Cuts a text; `isKeys`: it stands under a name that says that it is keys. */
type Cut = (text: string, isKeys: boolean) => string;

const TOKEN = /"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*|[[\]{}:,]|true|false|null/g;
const KEY_NAME = /^(?:digits?|keys?)$/;
/** Parts the values of a list while they are cut as one text: a blank to all rules, and of nobody's keyboard. */
const SEPARATOR = '\u2028';

/** An object or a list. A single value is a text like any other. */
export function isJson(text: string): boolean {
  if (!/^\s*[[{]/.test(text)) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

interface Level {
  readonly isList: boolean;
  /** It stands under a name that says that it holds keys. */
  readonly isKeys: boolean;
}

/** Texts and numbers of a list that follow each other, as they stand in it. */
interface Run {
  readonly start: number;
  end: number;
  readonly tokens: string[];
}

/** `text` must be JSON. What is not cut stays letter for letter. */
export function redactJson(text: string, cut: Cut): string {
  const levels: Level[] = [];
  let out = '';
  let copied = 0;
  let name: string | null = null;
  let run: Run | null = null;
  const put = (start: number, end: number, instead: string) => {
    out += text.slice(copied, start) + instead;
    copied = end;
  };
  const endRun = () => {
    if (run === null) return;
    const { start, end, tokens } = run;
    run = null;
    const cutTokens = cutList(tokens, (list) => cut(list, levels.at(-1)?.isKeys ?? false));
    if (cutTokens !== null) put(start, end, cutTokens.join(','));
  };
  for (const { 0: token, index } of text.matchAll(TOKEN)) {
    const end = index + token.length;
    const level = levels.at(-1);
    if (token === ',' || token === ':') continue;
    if (token === '[' || token === '{') {
      endRun();
      levels.push({ isList: token === '[', isKeys: name !== null && KEY_NAME.test(name) });
      name = null;
    } else if (token === ']' || token === '}') {
      endRun();
      levels.pop();
      name = null;
    } else if (/^[tfn]/.test(token)) {
      endRun();
      name = null;
    } else if (level?.isList) {
      run ??= { start: index, end, tokens: [] };
      run.end = end;
      run.tokens.push(token);
    } else {
      const value = textOf(token);
      const isName: boolean = name === null;
      const left = cut(value, name !== null && KEY_NAME.test(name));
      if (left !== value) put(index, end, JSON.stringify(left));
      name = isName ? value : null;
    }
  }
  return out + text.slice(copied);
}

/** Null: nothing was cut. A value that was not keeps its token. */
function cutList(tokens: readonly string[], cut: (list: string) => string): readonly string[] | null {
  const values = tokens.map(textOf);
  const joined = values.join(SEPARATOR);
  const left = cut(joined);
  if (left === joined) return null;
  const known = new Map(values.map((value, index) => [value, tokens[index]!]));
  return left.split(SEPARATOR).map((value) => known.get(value) ?? JSON.stringify(value));
}

function textOf(token: string): string {
  return token.startsWith('"') ? (JSON.parse(token) as string) : token;
}
