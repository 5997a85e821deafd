import type { AiBackend, ToolBox } from '#libs/contracts';

/** Where agents find the backends that they name. */
export interface BackendShelf {
  /**
   * The backend of this name (null: the gateway's own) with an agent's settings over the gateway's. Throws a GatewayError whose
   * message names each setting that is wrong.
   */
  get(name: string | null, settings: Readonly<Record<string, unknown>>): AiBackend;
}

/** A tool by its name, or its definition as the tools' library reads it. */
export type ToolReference = string | Readonly<Record<string, unknown>>;

/** Who has written a document: some tools are for those alone who have the gateway's files in their hands. */
export type Author = 'file' | 'api';

/** Where agents find the tools that they name. */
export interface ToolShelf {
  /** Throws a GatewayError that names each reference that is unknown or wrong. Connects to nobody. */
  check(references: readonly ToolReference[], author: Author): void;
  /** Gets ready what takes time, in the background. Throws as `check` does. */
  prepare(references: readonly ToolReference[], author: Author): void;
  /** The tools of one call, as they are now. Never waits; throws as `check` does. */
  boxFor(
    references: readonly ToolReference[],
    context: { readonly agent: string; readonly origin: Author },
  ): ToolBox;
}
