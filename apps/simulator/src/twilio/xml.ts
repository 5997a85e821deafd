/** One element of a document. `text` is its own character content, trimmed; comments are gone. */
export interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly XmlElement[];
  readonly text: string;
}

/** The document is not well-formed XML 1.0 (or uses a DTD, which no TwiML does). */
export class XmlError extends Error {}

const NAME = /[A-Za-z_:][\w:.-]*/y;
const SPACE = /[ \t\r\n]*/y;
const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** Reads strictly: one root, matching tags, quoted and unique attributes, no bare ampersand, nothing outside the root. */
export function parseXml(text: string): XmlElement {
  return new XmlReader(text).document();
}

class XmlReader {
  private at = 0;

  constructor(private readonly source: string) {}

  document(): XmlElement {
    if (this.source.startsWith('<?xml')) {
      if (!/^<\?xml[ \t\r\n]+version=("1\.[01]"|'1\.[01]')[^?<>]*\?>/.test(this.source))
        this.fail('bad XML declaration');
      this.at = this.source.indexOf('?>') + 2;
    } else if (/^\s+<\?xml/.test(this.source)) {
      this.fail('white space before the XML declaration');
    }
    this.between();
    const root = this.element();
    this.between();
    if (this.at < this.source.length) this.fail('content after the root element');
    return root;
  }

  private element(): XmlElement {
    this.expect('<');
    const name = this.name();
    const attributes = this.attributes();
    if (this.take('/>')) return { name, attributes, children: [], text: '' };
    this.expect('>');
    const children: XmlElement[] = [];
    let text = '';
    while (!this.take('</')) {
      if (this.at >= this.source.length) this.fail(`<${name}> is not closed`);
      if (this.take('<!--')) this.comment();
      else if (this.take('<![CDATA[')) text += this.until(']]>');
      else if (this.source[this.at] === '<') children.push(this.element());
      else text += this.characters();
    }
    const closed = this.name();
    if (closed !== name) this.fail(`<${name}> is closed by </${closed}>`);
    this.space();
    this.expect('>');
    return { name, attributes, children, text: text.trim() };
  }

  private attributes(): Record<string, string> {
    const attributes: Record<string, string> = {};
    for (;;) {
      const before = this.at;
      this.space();
      if (this.source[this.at] === '>' || this.source.startsWith('/>', this.at)) return attributes;
      if (this.at === before) this.fail('attributes must be set apart by white space');
      const name = this.name();
      this.space();
      this.expect('=');
      this.space();
      const quote = this.source[this.at];
      if (quote !== '"' && quote !== "'") this.fail(`the value of ${name} is not quoted`);
      this.at++;
      const raw = this.until(quote!);
      if (raw.includes('<')) this.fail(`"<" in the value of ${name}`);
      if (Object.hasOwn(attributes, name)) this.fail(`${name} is given twice`);
      attributes[name] = this.unescape(raw);
    }
  }

  private characters(): string {
    const end = this.source.indexOf('<', this.at);
    if (end < 0) this.fail('the document ends within an element');
    const raw = this.source.slice(this.at, end);
    this.at = end;
    if (raw.includes(']]>')) this.fail('"]]>" in character content');
    return this.unescape(raw);
  }

  private unescape(raw: string): string {
    return raw.replace(/&([^;&]*)(;?)/g, (_whole, name: string, semicolon: string) => {
      if (semicolon === '') this.fail('a bare ampersand');
      const number = /^#(?:x([0-9a-fA-F]+)|(\d+))$/.exec(name);
      if (number) return String.fromCodePoint(number[1] ? Number.parseInt(number[1], 16) : Number(number[2]));
      return Object.hasOwn(ENTITIES, name) ? ENTITIES[name]! : this.fail(`unknown entity &${name};`);
    });
  }

  /** White space and comments outside the root. */
  private between(): void {
    do this.space();
    while (this.take('<!--') && this.comment());
  }

  private comment(): true {
    if (this.until('-->').includes('--')) this.fail('"--" in a comment');
    return true;
  }

  private name(): string {
    NAME.lastIndex = this.at;
    const name = NAME.exec(this.source)?.[0] ?? this.fail('a name was expected');
    this.at += name.length;
    return name;
  }

  private space(): void {
    SPACE.lastIndex = this.at;
    this.at += SPACE.exec(this.source)![0].length;
  }

  private until(end: string): string {
    const found = this.source.indexOf(end, this.at);
    if (found < 0) this.fail(`"${end}" is missing`);
    const content = this.source.slice(this.at, found);
    this.at = found + end.length;
    return content;
  }

  private take(token: string): boolean {
    if (!this.source.startsWith(token, this.at)) return false;
    this.at += token.length;
    return true;
  }

  private expect(token: string): void {
    if (!this.take(token)) this.fail(`"${token}" was expected`);
  }

  private fail(what: string): never {
    const line = this.source.slice(0, this.at).split('\n').length;
    throw new XmlError(`${what} (line ${line})`);
  }
}
