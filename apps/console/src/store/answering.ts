import type { Api } from './api.js';

/** Which agents there are to talk with, by name, and which backend gives each its voice. */
export interface Answering {
  /** Names; what answers where none is chosen is the routes' matter. */
  readonly agents: readonly string[];
  /** Of the agent of this name, or of the one that answers by default; null: not known. */
  readonly backendOf: (agent: string | null) => string | null;
}

export const NOBODY_KNOWN: Answering = { agents: [], backendOf: () => null };

const DEFAULT_AGENT = 'default';

interface Agents {
  readonly items: readonly {
    readonly name: string;
    readonly document: { readonly backend?: unknown } | null;
  }[];
}

/** Never rejects: who may not know it, or cannot, talks with the agent that answers by default. */
export async function loadAnswering(api: Api): Promise<Answering> {
  try {
    const [{ items }, setup] = await Promise.all([
      api.get<Agents>('api/agents'),
      api.get<{ backend: string }>('api/setup'),
    ]);
    const backends = new Map(
      items.map(({ name, document }) => [
        name,
        typeof document?.backend === 'string' ? document.backend : setup.backend,
      ]),
    );
    return {
      agents: [...backends.keys()].sort(),
      backendOf: (agent) => backends.get(agent ?? DEFAULT_AGENT) ?? null,
    };
  } catch {
    return NOBODY_KNOWN;
  }
}
