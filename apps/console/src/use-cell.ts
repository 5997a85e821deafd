import { useSyncExternalStore } from 'react';
import type { Cell } from './store/cell.js';

export function useCell<T>(cell: Cell<T>): T {
  return useSyncExternalStore(cell.watch, cell.get);
}
