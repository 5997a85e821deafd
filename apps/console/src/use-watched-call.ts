import { useEffect, useState } from 'react';
import { clock, monitor } from './app.js';
import { WatchedCall, type WatchedCallState } from './store/watched-call.js';

const LOADING: WatchedCallState = { phase: 'loading' };

/** A call as it goes on, for as long as the part is shown; null: there is none yet. */
export function useWatchedCall(callId: string | null): WatchedCallState {
  const [state, setState] = useState(LOADING);
  useEffect(() => {
    // Nothing of the call before is shown as if it were this one's.
    setState(LOADING);
    if (callId === null) return;
    const watched = new WatchedCall(monitor, clock, callId);
    const stop = watched.state.watch(() => setState(watched.state.get()));
    return () => {
      stop();
      watched.close();
    };
  }, [callId]);
  return state;
}
