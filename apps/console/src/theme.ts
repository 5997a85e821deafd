import { type CSSVariablesResolver, createTheme } from '@mantine/core';

export const theme = createTheme({
  primaryColor: 'jack',
  colors: {
    jack: [
      '#e6f6f5',
      '#cdebe8',
      '#9dd6d1',
      '#7fccc5',
      '#5cc0b8',
      '#229c94',
      '#0f8a83',
      '#0b716b',
      '#085d59',
      '#064744',
    ],
    // Mantine's own dark greys are neutral; these go with the ground of styles.css.
    dark: [
      '#e4ebe9',
      '#c3ceca',
      '#9aa8a4',
      '#5f6e6a',
      '#3a4743',
      '#26312e',
      '#1b2523',
      '#151d1b',
      '#101716',
      '#0b100f',
    ],
  },
  primaryShade: 7,
  autoContrast: true,
  defaultRadius: 'md',
  fontFamily: "system-ui, -apple-system, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif",
  fontFamilyMonospace: "ui-monospace, 'SF Mono', Menlo, Consolas, 'DejaVu Sans Mono', monospace",
  headings: { fontWeight: '600' },
  cursorType: 'pointer',
});

/** Lets Mantine's parts use the colours of styles.css. */
const shared = {
  '--mantine-color-body': 'var(--ground)',
  '--mantine-color-text': 'var(--ink)',
  '--mantine-color-dimmed': 'var(--soft)',
  '--mantine-color-default': 'var(--panel)',
  '--mantine-color-default-hover': 'var(--hover)',
  '--mantine-color-default-color': 'var(--ink)',
  '--mantine-color-default-border': 'var(--edge)',
  '--mantine-color-placeholder': 'var(--soft)',
  '--mantine-color-error': 'var(--poor)',
};

export const cssVariables: CSSVariablesResolver = () => ({ variables: {}, light: shared, dark: shared });
