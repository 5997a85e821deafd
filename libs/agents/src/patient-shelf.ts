import type { Clock } from '#libs/contracts';
import type { DocumentKind, DocumentShelf, NewVersion } from './document-shelf.js';
import { errors } from './errors.js';

/** Calls go on without the store; whoever changes something waits for it so long. */
const WITHIN_MS = 5000;
/** After it was waited for in vain it is not asked for so long, so that many questions do not wait one after the other. */
const REST_MS = 4000;

/** A shelf that answers or fails in time, whatever its database does. */
export class PatientShelf implements DocumentShelf {
  private restUntilMs = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly shelf: DocumentShelf,
    private readonly clock: Clock,
  ) {}

  size() {
    return this.within(() => this.shelf.size());
  }

  newest() {
    return this.within(() => this.shelf.newest());
  }

  add(version: NewVersion) {
    return this.within(() => this.shelf.add(version));
  }

  find(kind: DocumentKind, name: string, version: number) {
    return this.within(() => this.shelf.find(kind, name, version));
  }

  versions(kind: DocumentKind, name: string) {
    return this.within(() => this.shelf.versions(kind, name));
  }

  private within<T>(ask: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.clock.nowMs() < this.restUntilMs) throw errors.storeSlow();
      const cancel = this.clock.after(WITHIN_MS, () => {
        this.restUntilMs = this.clock.nowMs() + REST_MS;
        reject(errors.storeSlow());
      });
      ask().then(resolve, reject).finally(cancel);
    });
  }
}
