import { MantineProvider } from '@mantine/core';
import { createRoot } from 'react-dom/client';
import '@mantine/core/styles.css';
import './styles.css';
import './call-table.css';
import { start } from './app.js';
import { Shell } from './shell.js';
import { cssVariables, theme } from './theme.js';

start();
const root = document.getElementById('root');
if (root !== null) {
  createRoot(root).render(
    <MantineProvider theme={theme} cssVariablesResolver={cssVariables} defaultColorScheme="auto">
      <Shell />
    </MantineProvider>,
  );
}
