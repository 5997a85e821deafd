/** Says when the next order is dispatched. The database decides whether it is dialled. */
export interface Pace {
  start(): Promise<void>;
  /** An order waits, or waits anew. Never rejects. */
  push(orderId: string, dueAt: number, attempt: number): void;
  /** Some time has passed, or a call has ended. */
  look(): void;
  close(): Promise<void>;
}
