import { monitor, session } from '../app.js';
import type { OperatorIdentity } from '../store/protocol.js';
import { useCell } from '../use-cell.js';

/** Who is let in, as the gateway last said; null: nobody. */
export function useOperator(): OperatorIdentity | null {
  const connection = useCell(monitor.connection);
  const state = useCell(session.state);
  if (connection.state === 'open') return connection.operator;
  return state.phase === 'in' ? state.operator : null;
}
