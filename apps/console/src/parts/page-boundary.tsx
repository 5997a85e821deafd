import { Button } from '@mantine/core';
import { Component, type ReactNode } from 'react';
import { monitor } from '../app.js';
import { useCell } from '../use-cell.js';
import { forgetFailedPages } from './lazy-page.js';
import { Notice } from './notice.js';

/** A fault in one page leaves the others, and says so. What failed while the gateway was away is tried again when it is back. */
export class PageBoundary extends Component<{ children: ReactNode }, { failed: boolean }> {
  override state = { failed: false };
  private stopWatching: (() => void) | null = null;

  static getDerivedStateFromError() {
    return { failed: true };
  }

  override componentDidMount() {
    let wasAway = monitor.connection.get().state !== 'open';
    this.stopWatching = monitor.connection.watch(() => {
      const isOpen = monitor.connection.get().state === 'open';
      if (isOpen && wasAway && this.state.failed) {
        forgetFailedPages();
        this.setState({ failed: false });
      }
      wasAway = !isOpen;
    });
  }

  override componentWillUnmount() {
    this.stopWatching?.();
    if (this.state.failed) forgetFailedPages();
  }

  override render() {
    return this.state.failed ? <Failed /> : this.props.children;
  }
}

function Failed() {
  const { state } = useCell(monitor.connection);
  if (state !== 'open') {
    return (
      <Notice title="This page is not here yet" icon="unplugged">
        <p>It comes by itself when there is a connection to the gateway again. Calls are not affected.</p>
      </Notice>
    );
  }
  return (
    <Notice title="This page could not be shown" icon="warning">
      <p>
        Calls are not affected. The gateway may have been updated since this page was opened; loading it again
        brings the new one.
      </p>
      <Button onClick={() => location.reload()}>Load again</Button>
    </Notice>
  );
}
