import { Button, Loader } from '@mantine/core';
import { useCallback, useEffect, useState } from 'react';
import { api } from '../app.js';
import { CopyText, Snippet } from '../parts/copy-text.js';
import { CheckIcon, WarningIcon } from '../parts/icons.js';
import { Notice } from '../parts/notice.js';
import { useOperator } from '../parts/operator.js';
import { useReconnected } from '../parts/reconnected.js';
import { problemWords } from '../parts/report.js';
import { isAdmin } from '../store/protocol.js';
import { isOpenPoint, partsOf } from '../store/setup-lines.js';
import { backendWord, span } from '../store/words.js';
import './setup-page.css';

interface SetupEntry {
  readonly title: string;
  readonly state: 'ready' | 'loopback-only' | 'incomplete';
  readonly lines: readonly string[];
  readonly snippets?: readonly { readonly where: string; readonly text: string }[];
}

interface SetupFacts {
  readonly origin: string;
  readonly isPublic: boolean;
  readonly backend: string;
  readonly maxCalls: number;
  readonly entries: readonly SetupEntry[];
}

interface SelfTest {
  readonly publicUrl: string | null;
  readonly checks: readonly {
    readonly name: string;
    readonly passed: boolean;
    readonly words: string;
    readonly tookMs: number;
  }[];
}

const STATES: Readonly<Record<SetupEntry['state'], string>> = {
  ready: 'Ready',
  'loopback-only': 'This machine only',
  incomplete: 'Incomplete',
};

type Asked<T> =
  | { readonly phase: 'asking' }
  | { readonly phase: 'failed'; readonly error: unknown }
  | { readonly phase: 'there'; readonly value: T };

export default function SetupPage() {
  const [setup, setSetup] = useState<Asked<SetupFacts>>({ phase: 'asking' });
  const load = useCallback(() => {
    setSetup({ phase: 'asking' });
    api.get<SetupFacts>('api/setup').then(
      (value) => setSetup({ phase: 'there', value }),
      (error) => setSetup({ phase: 'failed', error }),
    );
  }, []);
  useEffect(load, [load]);
  useReconnected(setup.phase === 'failed' ? load : null);
  switch (setup.phase) {
    case 'asking':
      return <Loader className="page-loader" aria-label="Loading the set-up" />;
    case 'failed':
      return (
        <Notice title="The set-up could not be read" icon="unplugged">
          <p role="alert">{problemWords(setup.error)}</p>
          <Button variant="default" onClick={load}>
            Try again
          </Button>
        </Notice>
      );
    case 'there':
      return <Setup facts={setup.value} />;
  }
}

function Setup({ facts }: { facts: SetupFacts }) {
  return (
    <div className="setup">
      <h1>Set-up</h1>
      <p className="setup-now">
        <strong>{backendWord(facts.backend)}</strong> answers, up to <strong>{facts.maxCalls}</strong> calls
        at once.
      </p>
      <PublicUrl facts={facts} />
      {facts.entries.map((entry) => (
        <Entry key={entry.title} entry={entry} />
      ))}
    </div>
  );
}

function PublicUrl({ facts }: { facts: SetupFacts }) {
  return (
    <section className="panel" aria-labelledby="public-head">
      <div className="panel-head">
        <h2 id="public-head">Address for the outside world</h2>
        <Badge isGood={facts.isPublic} word={facts.isPublic ? 'Set' : 'Not set'} />
      </div>
      {facts.isPublic ? (
        <>
          <CopyText text={facts.origin} />
          <SelfTestPart />
        </>
      ) : (
        <p className="open-point">
          <WarningIcon size={16} />
          <span>
            Set <code>PUBLIC_URL</code> to the https origin of your tunnel or proxy and start the gateway
            again. Until then telephony platforms cannot reach it, and the URLs below work on this machine
            only.
          </span>
        </p>
      )}
    </section>
  );
}

function SelfTestPart() {
  const [test, setTest] = useState<Asked<SelfTest> | null>(null);
  const run = () => {
    setTest({ phase: 'asking' });
    api.postFor<SelfTest>('api/setup/self-test').then(
      (value) => setTest({ phase: 'there', value }),
      (error) => setTest({ phase: 'failed', error }),
    );
  };
  const operator = useOperator();
  if (operator !== null && !isAdmin(operator.role))
    return <p className="setup-now">Somebody with the role admin can have the gateway test this address.</p>;
  return (
    <div className="self-test">
      <Button variant="default" size="xs" loading={test?.phase === 'asking'} onClick={run}>
        Test it from the gateway
      </Button>
      <div role="status">
        {test?.phase === 'failed' && <p className="told problem">{problemWords(test.error)}</p>}
        {test?.phase === 'there' && (
          <ul>
            {test.value.checks.map(({ name, passed, words, tookMs }) => (
              <li key={name} className={passed ? 'passed' : 'failed'}>
                {passed ? <CheckIcon size={16} /> : <WarningIcon size={16} />}
                <span>
                  <strong>{name}</strong> {words} <span className="hint">{span(tookMs)}</span>
                </span>
              </li>
            ))}
          </ul>
        )}
      </div>
    </div>
  );
}

function Entry({ entry: { title, state, lines, snippets = [] } }: { entry: SetupEntry }) {
  return (
    <section className="panel">
      <div className="panel-head">
        <h2>{title}</h2>
        <Badge isGood={state === 'ready'} word={STATES[state]} />
      </div>
      <ul className="setup-lines">
        {lines.map((line) => (
          <li key={line} className={isOpenPoint(line) ? 'open-point' : ''}>
            {isOpenPoint(line) && <WarningIcon size={16} />}
            <span>
              {partsOf(line).map(({ text, isUrl }) =>
                isUrl ? <CopyText key={text} text={text} /> : <span key={text}>{text}</span>,
              )}
            </span>
          </li>
        ))}
      </ul>
      {snippets.map(({ where, text }) => (
        <Snippet key={where} where={where} text={text} />
      ))}
    </section>
  );
}

function Badge({ isGood, word }: { isGood: boolean; word: string }) {
  return <span className={`quality ${isGood ? 'good' : 'fair'}`}>{word}</span>;
}
