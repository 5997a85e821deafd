import { createReadStream } from 'node:fs';
import { appendFile, mkdir, readdir, readFile, rename, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';

const SEGMENT_BYTES = 1 << 20;
const NAME = /^\d{12}\.jsonl$/;
/** A file that will not be readable later either; all others must not wait behind it. */
const UNREADABLE: ReadonlySet<string> = new Set(['EACCES', 'EPERM', 'EISDIR', 'EIO', 'EINVAL']);

interface Segment {
  readonly file: string;
  readonly number: number;
  /** When its first line was written, milliseconds since 1970. */
  readonly sinceAt: number;
  bytes: number;
  lines: number;
}

/**
 * Lines of text that wait on disk, oldest first, in files of about a megabyte that only their owner may read. What was written
 * survives the death of the process. One caller at a time for `append`, one for `peek` and `drop`.
 */
export class Spool {
  private readonly segments: Segment[] = [];
  /** The oldest segment, read; `at` is the next line of it. */
  private head: { readonly lines: readonly string[]; at: number } | null = null;
  private lastNumber = 0;
  private isTailClosed = true;

  private constructor(
    private readonly folder: string,
    private readonly maxBytes: number,
  ) {}

  /** Finds what an earlier process left. */
  static async open(folder: string, maxBytes: number): Promise<Spool> {
    const spool = new Spool(folder, maxBytes);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    for (const name of (await readdir(folder)).filter((file) => NAME.test(file)).sort()) {
      const file = join(folder, name);
      const number = Number.parseInt(name, 10);
      const { size, birthtimeMs, mtimeMs } = await stat(file);
      const lines = await linesOf(file);
      // Not every file system knows when a file was made.
      spool.segments.push({ file, number, sinceAt: birthtimeMs || mtimeMs, bytes: size, lines });
      spool.lastNumber = number;
    }
    return spool;
  }

  get isEmpty(): boolean {
    return this.segments.length === 0;
  }

  /** Lines that wait. */
  get lines(): number {
    return this.segments.reduce((sum, { lines }) => sum + lines, 0) - (this.head?.at ?? 0);
  }

  /** When the oldest file was begun, milliseconds since 1970; null: nothing waits. */
  get sinceAt(): number | null {
    return this.segments[0]?.sinceAt ?? null;
  }

  get bytes(): number {
    return this.segments.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** Part of the allowed size that is taken, 0 … 1. */
  get fill(): number {
    return this.bytes / this.maxBytes;
  }

  /** False: there is no room for them. Rejects when the disk refuses; some of the lines may have been written then. */
  async append(lines: readonly string[]): Promise<boolean> {
    const text = lines.map((line) => `${line}\n`).join('');
    const bytes = Buffer.byteLength(text);
    if (this.bytes + bytes > this.maxBytes) return false;
    let tail = this.segments.at(-1);
    if (tail === undefined || this.isTailClosed || tail.bytes >= SEGMENT_BYTES) tail = this.begin();
    try {
      await appendFile(tail.file, text, { mode: 0o600 });
      tail.bytes += bytes;
      tail.lines += lines.length;
    } catch (error) {
      // Half a line may stand at its end; the next one begins elsewhere.
      this.isTailClosed = true;
      tail.bytes = await stat(tail.file).then(
        ({ size }) => size,
        () => 0,
      );
      throw error;
    }
    return true;
  }

  /** The oldest lines; empty when there are none. A file that cannot be read is put aside as `….unreadable` and told of. */
  async peek(most: number, onUnreadable: (file: string, error: unknown) => void): Promise<readonly string[]> {
    while (this.segments.length > 0) {
      const first = this.segments[0]!;
      if (this.head === null) {
        // What is read is not written to any more.
        if (this.segments.length === 1) this.isTailClosed = true;
        try {
          const text = await textOf(first.file);
          this.head = { lines: text.split('\n').filter((line) => line !== ''), at: 0 };
          first.lines = this.head.lines.length;
        } catch (error) {
          if (!UNREADABLE.has((error as NodeJS.ErrnoException).code ?? '')) throw error;
          onUnreadable(first.file, error);
          // Where not even that can be done it is left alone until the next start.
          await rename(first.file, `${first.file}.unreadable`).catch(() => undefined);
          this.segments.shift();
          continue;
        }
      }
      const { lines, at } = this.head;
      if (at < lines.length) return lines.slice(at, at + most);
      await this.dropHead(first);
    }
    return [];
  }

  /** So many of the lines that `peek` gave are not needed any more. */
  async drop(count: number): Promise<void> {
    const first = this.segments[0];
    if (first === undefined || this.head === null) return;
    this.head.at += count;
    if (this.head.at >= this.head.lines.length) await this.dropHead(first);
  }

  private async dropHead(first: Segment): Promise<void> {
    await unlink(first.file).catch(ignoreMissing);
    this.segments.shift();
    this.head = null;
  }

  private begin(): Segment {
    this.lastNumber++;
    const name = `${String(this.lastNumber).padStart(12, '0')}.jsonl`;
    const segment = {
      file: join(this.folder, name),
      number: this.lastNumber,
      sinceAt: Date.now(),
      bytes: 0,
      lines: 0,
    };
    this.segments.push(segment);
    this.isTailClosed = false;
    return segment;
  }
}

/** A file that cannot be read counts none: it is put aside when its turn comes. */
async function linesOf(file: string): Promise<number> {
  let lines = 0;
  try {
    for await (const piece of createReadStream(file) as AsyncIterable<Buffer>)
      for (let at = piece.indexOf(10); at >= 0; at = piece.indexOf(10, at + 1)) lines++;
  } catch {
    return 0;
  }
  return lines;
}

function textOf(file: string): Promise<string> {
  return readFile(file, 'utf8').catch((error) => {
    ignoreMissing(error);
    return '';
  });
}

/** Somebody has tidied up by hand, or nothing could be written to it. */
function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error;
}
