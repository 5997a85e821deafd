import type { KeyboardEvent, ReactNode } from 'react';

/** `columns`: what the rows tell between the agent and the quality. */
export function CallTable({
  kind,
  columns,
  children,
}: {
  kind: 'live' | 'ended';
  columns: readonly string[];
  children: ReactNode;
}) {
  return (
    <table className={`call-table ${kind}`}>
      <thead>
        <tr>
          {['Caller', 'Platform', 'Agent', ...columns, 'Quality'].map((name) => (
            <th key={name} scope="col">
              {name}
            </th>
          ))}
          {['Cost', 'Duration'].map((name) => (
            <th key={name} scope="col" className="right">
              {name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>{children}</tbody>
    </table>
  );
}

/** Arrow keys go from call to call, across all lists inside. */
export function moveBetweenRows(event: KeyboardEvent<HTMLElement>): void {
  const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
  // In these the arrows have a meaning of their own.
  if (step === 0 || (event.target as Element).matches('select, input[type="date"], input[list]')) return;
  const links = [...event.currentTarget.querySelectorAll<HTMLElement>('.call-link')];
  const next = links[links.indexOf(event.target as HTMLElement) + step];
  if (next === undefined) return;
  event.preventDefault();
  next.focus();
}
