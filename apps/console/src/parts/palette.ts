/** Colours of styles.css for what is drawn on canvases; read anew when the colour scheme changes. */
export interface Palette {
  readonly ink: string;
  readonly soft: string;
  readonly line: string;
  readonly edge: string;
  readonly caller: string;
  readonly agent: string;
}

const NAMES = ['ink', 'soft', 'line', 'edge', 'caller', 'agent'] as const;

let palette: Palette | null = null;
const watchers = new Set<() => void>();

function forget(): void {
  palette = null;
  for (const watcher of watchers) watcher();
}

new MutationObserver(forget).observe(document.documentElement, {
  attributeFilter: ['data-mantine-color-scheme'],
});

export function currentPalette(): Palette {
  if (palette === null) {
    const style = getComputedStyle(document.documentElement);
    palette = Object.fromEntries(
      NAMES.map((name) => [name, style.getPropertyValue(`--${name}`)]),
    ) as unknown as Palette;
  }
  return palette;
}

export function watchPalette(watcher: () => void): () => void {
  watchers.add(watcher);
  return () => watchers.delete(watcher);
}
