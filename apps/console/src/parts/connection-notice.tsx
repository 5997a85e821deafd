import { Button } from '@mantine/core';
import { clock, monitor, second } from '../app.js';
import { useCell } from '../use-cell.js';
import { UnpluggedIcon } from './icons.js';

/** Says that what is on the page may be old, and when the next try is. */
export function ConnectionNotice() {
  const connection = useCell(monitor.connection);
  if (connection.state !== 'lost') return null;
  return (
    <div className="lost-notice" role="status">
      <UnpluggedIcon />
      <span>
        <strong>No connection to the gateway.</strong> What you see may be out of date. Calls go on by
        themselves.
      </span>
      <NextTry retryAtMs={connection.retryAtMs} />
      <Button size="compact-sm" variant="default" onClick={() => monitor.retryNow()}>
        Try now
      </Button>
    </div>
  );
}

function NextTry({ retryAtMs }: { retryAtMs: number | null }) {
  useCell(second);
  const seconds = retryAtMs === null ? 0 : Math.ceil((retryAtMs - clock.nowMs()) / 1000);
  // Counting down aloud would bury everything else that is read out.
  return <span aria-hidden="true">{seconds > 0 ? `Next try in ${seconds} s` : 'Trying…'}</span>;
}
