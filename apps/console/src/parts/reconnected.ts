import { useEffect } from 'react';
import { monitor } from '../app.js';

/** What could not be had while the gateway was away is asked for again when it is back; null: nothing is missing. */
export function useReconnected(askAgain: (() => void) | null): void {
  useEffect(() => {
    if (askAgain === null) return;
    let wasOpen = monitor.connection.get().state === 'open';
    return monitor.connection.watch(() => {
      const isOpen = monitor.connection.get().state === 'open';
      if (isOpen && !wasOpen) askAgain();
      wasOpen = isOpen;
    });
  }, [askAgain]);
}
