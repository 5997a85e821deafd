import { ActionIcon, Loader, Tooltip, useComputedColorScheme, useMantineColorScheme } from '@mantine/core';
import { type ReactNode, Suspense, useEffect } from 'react';
import { backToList, callList, monitor, route, session } from './app.js';
import { CallsPage } from './pages/calls-page.js';
import { LogInPage } from './pages/log-in-page.js';
import { ConnectionNotice } from './parts/connection-notice.js';
import {
  CallsIcon,
  HistoryIcon,
  LogOutIcon,
  MoonIcon,
  PhoneIcon,
  SetupIcon,
  SunIcon,
} from './parts/icons.js';
import { KeysHelp } from './parts/keys-help.js';
import { fetchPages, lazyPage } from './parts/lazy-page.js';
import { Notice } from './parts/notice.js';
import { PageBoundary } from './parts/page-boundary.js';
import type { OperatorIdentity } from './store/protocol.js';
import { hashOf, type Route, routeOf } from './store/route.js';
import { useCell } from './use-cell.js';

const HistoryPage = lazyPage(() => import('./pages/history-page.js'));
const CallPage = lazyPage(() => import('./pages/call-page.js'));
const TryPage = lazyPage(() => import('./pages/try-page.js'));
const SetupPage = lazyPage(() => import('./pages/setup-page.js'));

const TABS = [
  { page: 'calls', name: 'Calls', Icon: CallsIcon },
  { page: 'history', name: 'History', Icon: HistoryIcon },
  { page: 'try', name: 'Try it', Icon: PhoneIcon },
  { page: 'setup', name: 'Set-up', Icon: SetupIcon },
] as const;

export function Shell() {
  const state = useCell(session.state);
  if (state.phase !== 'in') return <LogInPage state={state} />;
  return (
    <div className="shell">
      <button type="button" className="skip" onClick={focusMain}>
        Skip to the page
      </button>
      <Rail operator={state.operator} canLogOut={state.needsToken} />
      <OtherPages />
      <div className="stage">
        <ConnectionNotice />
        <main id="main" tabIndex={-1}>
          <Pages />
        </main>
      </div>
    </div>
  );
}

/** Fetches the pages that are not shown yet, whenever the gateway is there to give them. */
function OtherPages() {
  const { state } = useCell(monitor.connection);
  const hasCalls = useCell(callList.calls) !== null;
  useEffect(() => {
    if (state === 'open' && hasCalls) fetchPages();
  }, [state, hasCalls]);
  return null;
}

/** A link to an anchor would leave the page that the hash names. */
function focusMain(): void {
  document.getElementById('main')?.focus();
}

function Rail({ operator, canLogOut }: { operator: OperatorIdentity; canLogOut: boolean }) {
  const current = useCell(route);
  return (
    <header className="rail">
      <a className="brand" href="#/calls" aria-label="Patchbay, all calls">
        <Logo />
        <span>Patchbay</span>
      </a>
      <nav aria-label="Pages">
        {TABS.map(({ page, name, Icon }) => (
          <a
            key={page}
            href={hashOf({ page })}
            aria-current={page === tabOf(current) ? 'page' : undefined}
            className="tab"
          >
            <Icon />
            <span>{name}</span>
            {page === 'calls' && <LiveCount />}
          </a>
        ))}
      </nav>
      <div className="rail-end">
        <ConnectionDot />
        <p className="whoami">
          <bdi>{operator.name}</bdi>
          {operator.name !== operator.role && ` (${operator.role})`}
        </p>
        <KeysHelp />
        <SchemeToggle />
        {canLogOut && (
          <Tooltip label="Log out">
            <ActionIcon
              variant="subtle"
              color="gray"
              size="lg"
              aria-label="Log out"
              onClick={() => session.logOut()}
            >
              <LogOutIcon />
            </ActionIcon>
          </Tooltip>
        )}
      </div>
    </header>
  );
}

function tabOf(current: Route): string {
  return current.page === 'call' ? routeOf(backToList()).page : current.page;
}

function LiveCount() {
  const calls = useCell(callList.calls);
  if (calls === null) return null;
  let live = 0;
  for (const { state } of calls.values()) if (state !== 'ended') live += 1;
  return live === 0 ? null : (
    <span className="count">
      {live}
      <span className="sr-only"> running</span>
    </span>
  );
}

function ConnectionDot() {
  const { state } = useCell(monitor.connection);
  const word = state === 'open' ? 'Live' : state === 'connecting' ? 'Connecting' : 'Not connected';
  return (
    <span className={`connection ${state}`}>
      <i aria-hidden="true" />
      <span>{word}</span>
    </span>
  );
}

function SchemeToggle() {
  const { setColorScheme } = useMantineColorScheme();
  const scheme = useComputedColorScheme('light');
  const next = scheme === 'dark' ? 'light' : 'dark';
  return (
    <Tooltip label={`Switch to ${next}`}>
      <ActionIcon
        variant="subtle"
        color="gray"
        size="lg"
        aria-label={`Switch to ${next}`}
        onClick={() => setColorScheme(next)}
      >
        {scheme === 'dark' ? <SunIcon /> : <MoonIcon />}
      </ActionIcon>
    </Tooltip>
  );
}

function Logo() {
  return (
    <svg width="28" height="28" viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="7" fill="#12343b" />
      <circle cx="10" cy="10" r="3.4" fill="none" stroke="#7fd6c2" strokeWidth="2" />
      <circle cx="22" cy="22" r="3.4" fill="none" stroke="#f2b661" strokeWidth="2" />
      <path d="M10 13.4c0 7 12 1 12 5.2" fill="none" stroke="#dfe9e8" strokeWidth="2" strokeLinecap="round" />
    </svg>
  );
}

function Pages() {
  const current = useCell(route);
  useEffect(() => {
    document.title = titleOf(current);
    scrollTo(0, 0);
  }, [current]);
  const key = current.page === 'call' ? current.callId : current.page;
  return (
    <PageBoundary key={key}>
      <Suspense fallback={<Loader className="page-loader" aria-label="Loading" />}>
        {pageOf(current)}
      </Suspense>
    </PageBoundary>
  );
}

function titleOf({ page }: Route): string {
  const tab = TABS.find((each) => each.page === page);
  return `${page === 'call' ? 'Call' : (tab?.name ?? 'Not found')} · Patchbay`;
}

function pageOf(current: Route): ReactNode {
  switch (current.page) {
    case 'calls':
      return <CallsPage />;
    case 'call':
      return <CallPage callId={current.callId} />;
    case 'history':
      return <HistoryPage />;
    case 'try':
      return <TryPage />;
    case 'setup':
      return <SetupPage />;
    case 'unknown':
      return (
        <Notice title="There is no such page" icon="warning">
          <a href="#/calls">All calls</a>
        </Notice>
      );
  }
}
