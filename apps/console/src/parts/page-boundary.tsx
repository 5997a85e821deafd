import { Button } from '@mantine/core';
import { Component, type ReactNode } from 'react';
import { Notice } from './notice.js';

/** A fault in one page leaves the others, and says so. */
export class PageBoundary extends Component<{ children: ReactNode }, { failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError() {
    return { failed: true };
  }

  override render() {
    if (!this.state.failed) return this.props.children;
    return (
      <Notice title="This page could not be shown" icon="warning">
        <p>
          Calls are not affected. The gateway may have been updated since this page was opened; loading it
          again brings the new one.
        </p>
        <Button onClick={() => location.reload()}>Load again</Button>
      </Notice>
    );
  }
}
