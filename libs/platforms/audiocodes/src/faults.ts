import type { GatewayError } from '#libs/contracts';

const MAX_BAD_IN_A_ROW = 50;
/** Kinds of odd messages that are told apart; what comes beyond is no news. */
const MAX_ODDITIES = 32;

/** Tells what is wrong with a socket's messages, and when it is too much. */
export class Faults {
  static readonly maxBadInARow = MAX_BAD_IN_A_ROW;
  private badInARow = 0;
  private readonly oddities = new Set<string>();

  constructor(private readonly tell: (error: GatewayError) => void) {}

  good(): void {
    this.badInARow = 0;
  }

  /** True: that was one too many. */
  bad(error: GatewayError): boolean {
    this.tell(error);
    this.badInARow += 1;
    return this.badInARow === MAX_BAD_IN_A_ROW;
  }

  /** Something that newer or other versions of the far side may do: told once for each kind, never too much. */
  odd(error: GatewayError): void {
    if (this.oddities.has(error.message) || this.oddities.size === MAX_ODDITIES) return;
    this.oddities.add(error.message);
    this.tell(error);
  }
}
