import { type ComponentType, use } from 'react';

type Load<P> = () => Promise<{ readonly default: ComponentType<P> }>;

const loads = new Set<Load<never>>();
const failed = new Set<() => void>();

/** A page that is fetched behind the first one. Unlike React's own, one that could not be fetched may be tried again. */
export function lazyPage<P extends object>(load: Load<P>): ComponentType<P> {
  loads.add(load as Load<never>);
  let loading: ReturnType<Load<P>> | null = null;
  const forget = () => {
    loading = null;
  };
  const fetched = () => {
    // It is kept until somebody forgets it: React asks again and again for what it waits for.
    loading ??= load().catch((error) => {
      failed.add(forget);
      throw error;
    });
    return loading;
  };
  // biome-ignore lint/correctness/noComponentHookFactories: it is made once, when the module is read.
  return function LazyPage(props: P) {
    const { default: Page } = use(fetched());
    return <Page {...props} />;
  };
}

/** The browser keeps what it has fetched, so that every page opens also when the gateway is away. */
export function fetchPages(): void {
  for (const load of loads) void load().catch(() => undefined);
}

/** Pages that could not be fetched are asked for again when they are shown. */
export function forgetFailedPages(): void {
  for (const forget of failed) forget();
  failed.clear();
}
