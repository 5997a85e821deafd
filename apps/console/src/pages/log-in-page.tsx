import { Button, Loader, PasswordInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { session } from '../app.js';
import { Notice } from '../parts/notice.js';
import type { SessionState } from '../store/session.js';

/** Everything before somebody is let in. */
export function LogInPage({ state }: { state: Exclude<SessionState, { phase: 'in' }> }) {
  return <main className="gate">{contentOf(state)}</main>;
}

function contentOf(state: Exclude<SessionState, { phase: 'in' }>) {
  switch (state.phase) {
    case 'asking':
      return <Loader aria-label="Loading" />;
    case 'log-in':
      return <LogInForm />;
    case 'not-allowed':
      return (
        <Notice title="Not open to this machine" icon="lock">
          {state.reason === 'foreign-origin' ? (
            <p>
              This page was opened under a name that the gateway does not know. Open it under its own address,
              or set <code>PUBLIC_URL</code> to the one in the address bar and start the gateway again.
            </p>
          ) : (
            <p>
              While <code>ADMIN_TOKEN</code> is not set, the console opens only in a browser on the gateway’s
              own machine. Set <code>ADMIN_TOKEN</code>, start the gateway again, and log in with it here.
            </p>
          )}
          <AskAgain />
        </Notice>
      );
    case 'unreachable':
      return (
        <Notice title="The gateway does not answer" icon="unplugged">
          <p>It may be starting, or the network between it and this browser is down.</p>
          <AskAgain />
        </Notice>
      );
  }
}

function AskAgain() {
  return (
    <Button variant="default" onClick={() => void session.ask().catch(() => undefined)}>
      Try again
    </Button>
  );
}

function LogInForm() {
  const [token, setToken] = useState('');
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    const told = await session.logIn(token);
    setBusy(false);
    setProblem(told);
  };
  return (
    <form className="log-in" onSubmit={submit}>
      <h1>Patchbay</h1>
      <p>See, hear and steer the calls of this gateway.</p>
      <PasswordInput
        label="ADMIN_TOKEN or API key"
        description="What you may do here follows from the key’s role. It is not kept in this browser."
        value={token}
        onChange={(event) => setToken(event.currentTarget.value)}
        error={problem}
        autoComplete="current-password"
        required
        withAsterisk={false}
        autoFocus
      />
      <Button type="submit" fullWidth loading={busy} disabled={token === ''}>
        Log in
      </Button>
    </form>
  );
}
