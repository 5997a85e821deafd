import type { GatewayError, Log } from '#libs/contracts';
import { nonsense } from './errors.js';

const MAX_BAD_IN_A_ROW = 50;
const MAX_UNKNOWN_NAMES = 50;
const MAX_NAME_LENGTH = 80;

/** What a server sends that cannot be used: told, counted, and at some point too much. */
export class Nonsense {
  private badInARow = 0;
  private readonly unknownNames = new Set<string>();

  constructor(
    private readonly log: Log,
    private readonly tell: (fault: GatewayError) => void,
    /** Many in a row mean that the far side has lost its mind. */
    private readonly onTooMuch: (error: GatewayError) => void,
  ) {}

  good(): void {
    this.badInARow = 0;
  }

  bad(fault: GatewayError): void {
    this.badInARow += 1;
    if (this.badInARow >= MAX_BAD_IN_A_ROW) this.onTooMuch(nonsense(this.badInARow));
    else this.tell(fault);
  }

  /** An event of a kind that means nothing here, as newer servers send; each kind is told once. */
  unknown(name: string): void {
    const event = name.slice(0, MAX_NAME_LENGTH);
    if (this.unknownNames.has(event) || this.unknownNames.size >= MAX_UNKNOWN_NAMES) return;
    this.unknownNames.add(event);
    this.log.debug({ event }, 'OpenAI sent an event that means nothing here; told once.');
  }
}
