import { readFile, rename, writeFile } from 'node:fs/promises';
import type { Log } from '#libs/contracts';
import type { Listener } from './subscriptions.js';

/**
 * Who was to be told when the database answered last: a process that starts while it is away keeps events for them. Neither addresses
 * nor secrets, which belong to the database.
 */
export class AudienceFile {
  private written = '';
  private hasFailed = false;
  private turn: Promise<void> = Promise.resolve();

  constructor(
    private readonly file: string,
    private readonly log: Log,
  ) {}

  /** Nobody, where there is no file yet. Never rejects. */
  async read(): Promise<readonly Listener[]> {
    try {
      this.written = await readFile(this.file, 'utf8');
      const read = JSON.parse(this.written) as unknown;
      if (Array.isArray(read) && read.every(isListener)) return read;
      throw new Error('It holds something else.');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') this.failed(error);
      return [];
    }
  }

  /** Where it has changed. One after the other, since they share a file. Never rejects. */
  write(listeners: readonly Listener[]): Promise<void> {
    this.turn = this.turn.then(() => this.replace(listeners));
    return this.turn;
  }

  private async replace(listeners: readonly Listener[]): Promise<void> {
    const text = JSON.stringify(
      listeners.map(({ id, events, agents, enabled }) => ({ id, events, agents, enabled })),
    );
    if (text === this.written) return;
    try {
      // Whole at any moment, also when the process is killed.
      await writeFile(`${this.file}.new`, text, { mode: 0o600 });
      await rename(`${this.file}.new`, this.file);
      this.written = text;
      this.hasFailed = false;
    } catch (error) {
      this.failed(error);
    }
  }

  private failed(err: unknown): void {
    if (!this.hasFailed)
      this.log.warn(
        { code: 'WEBHOOK_NO_AUDIENCE', file: this.file, err },
        'Who is to be told cannot be kept on disk: a start without the database would keep no events for webhooks.',
      );
    this.hasFailed = true;
  }
}

function isListener(value: unknown): value is Listener {
  const { id, events, agents, enabled } = (value ?? {}) as Partial<Record<keyof Listener, unknown>>;
  return (
    typeof id === 'string' &&
    isTexts(events) &&
    (agents === null || isTexts(agents)) &&
    typeof enabled === 'boolean'
  );
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string');
}
