import { Button, NativeSelect } from '@mantine/core';
import { useEffect, useMemo, useState } from 'react';
import { api, callList, second } from '../app.js';
import type { AudioDevices } from '../audio/index.js';
import { listDevices, watchDevices } from '../audio/index.js';
import { AgentName } from '../parts/call-facts.js';
import { DialPad } from '../parts/dial-pad.js';
import { HangUpIcon, MicrophoneIcon, MicrophoneOffIcon, PhoneIcon, WarningIcon } from '../parts/icons.js';
import { Meter, type MeterLane } from '../parts/meter.js';
import { useOperator } from '../parts/operator.js';
import { Transcript } from '../parts/transcript.js';
import { type Answering, loadAnswering, NOBODY_KNOWN } from '../store/answering.js';
import { mayStepIn } from '../store/protocol.js';
import { backendWord, duration, ECHO_WORDS, plainWords, span } from '../store/words.js';
import { Telephone, type TelephoneView } from '../telephone.js';
import { useCell } from '../use-cell.js';
import { useWatchedCall } from '../use-watched-call.js';
import './call-page.css';
import './try-page.css';

const NO_DEVICES: AudioDevices = { microphones: [], loudspeakers: [] };

export default function TryPage() {
  const telephone = useMemo(() => new Telephone(), []);
  useEffect(() => () => telephone.close(), [telephone]);
  const view = useCell(telephone.view);
  const { agents, backendOf } = useAnswering();
  const [agent, setAgent] = useState<string | null>(null);
  const operator = useOperator();
  const mayCall = operator === null || mayStepIn(operator.role);
  return (
    <div className="try">
      <div className="try-phone">
        <h1>Try it</h1>
        <p className="setup-now">Talk to the agent from here: no phone number is needed.</p>
        {!mayCall && (
          <p className="why">
            You are let in as {operator.role}: you may watch and listen. Calling needs the role operator,
            since a call takes a line and may cost money.
          </p>
        )}
        {agents.length > 1 && (
          <NativeSelect
            label="Agent"
            value={agent ?? ''}
            disabled={!mayCall || isBusy(view)}
            data={[{ value: '', label: 'The one that answers by default' }, ...agents]}
            onChange={(event) => setAgent(event.currentTarget.value || null)}
          />
        )}
        {backendOf(agent) === 'echo' && <p className="try-echo">{ECHO_WORDS}</p>}
        <CallButton telephone={telephone} view={view} agent={agent} disabled={!mayCall} />
        <Trouble view={view} />
        <Meters telephone={telephone} isTalking={view.phone.state === 'talking'} />
        <Devices telephone={telephone} view={view} />
        <DialPad disabled={view.phone.state !== 'talking'} onPress={(digit) => telephone.press(digit)} />
      </div>
      <Conversation platformCallId={view.phone.callId} />
    </div>
  );
}

const STATE_WORDS = {
  idle: 'Call the agent',
  connecting: 'Connecting…',
  ringing: 'Ringing…',
  talking: 'Hang up',
  ended: 'Call again',
  failed: 'Try again',
} as const;

function useAnswering(): Answering {
  const [answering, setAnswering] = useState(NOBODY_KNOWN);
  useEffect(() => {
    void loadAnswering(api).then(setAnswering);
  }, []);
  return answering;
}

function isBusy({ phone: { state } }: TelephoneView): boolean {
  return state === 'connecting' || state === 'ringing' || state === 'talking';
}

function CallButton({
  telephone,
  view,
  agent,
  disabled,
}: {
  telephone: Telephone;
  view: TelephoneView;
  agent: string | null;
  disabled: boolean;
}) {
  const { phone, answeredAt } = view;
  const { state } = phone;
  const busy = isBusy(view);
  return (
    <div className="call-button">
      <button
        type="button"
        disabled={disabled}
        className={busy ? 'big-button busy' : 'big-button'}
        onClick={() => (busy ? telephone.hangUp() : void telephone.call(agent))}
      >
        {busy ? <HangUpIcon size={34} /> : <PhoneIcon size={34} />}
        <span>{busy && state !== 'talking' ? 'Cancel' : STATE_WORDS[state]}</span>
      </button>
      <p role="status">
        {state === 'talking'
          ? 'Connected: speak now.'
          : state === 'ended'
            ? `The call ended${phone.reason === null ? '' : `: ${plainWords(phone.reason).toLowerCase()}`}.`
            : busy
              ? STATE_WORDS[state]
              : ''}
      </p>
      {state === 'talking' && answeredAt !== null && <Elapsed since={answeredAt} />}
      {busy && (
        <Button
          variant={phone.muted ? 'filled' : 'default'}
          aria-pressed={phone.muted}
          leftSection={phone.muted ? <MicrophoneOffIcon size={16} /> : <MicrophoneIcon size={16} />}
          onClick={() => telephone.setMuted(!phone.muted)}
        >
          {phone.muted ? 'Unmute microphone' : 'Mute microphone'}
        </Button>
      )}
    </div>
  );
}

function Elapsed({ since }: { since: number }) {
  useCell(second);
  return <span className="figures elapsed">{duration(Date.now() - since)}</span>;
}

function Trouble({ view: { phone } }: { view: TelephoneView }) {
  return (
    <div role="alert">
      {phone.trouble !== null && (
        <p className="trouble">
          <WarningIcon /> <span>{phone.trouble.message}</span>
        </p>
      )}
    </div>
  );
}

function Meters({ telephone, isTalking }: { telephone: Telephone; isTalking: boolean }) {
  const you = useMemo<readonly MeterLane[]>(
    () => [{ color: 'caller', read: () => telephone.level('caller') }],
    [telephone],
  );
  const agent = useMemo<readonly MeterLane[]>(
    () => [{ color: 'agent', read: () => telephone.level('agent') }],
    [telephone],
  );
  return (
    <div className={isTalking ? 'try-meters' : 'try-meters off'}>
      <span>You</span>
      <Meter lanes={you} width={220} height={8} />
      <span>Agent</span>
      <Meter lanes={agent} width={220} height={8} />
    </div>
  );
}

function Devices({
  telephone,
  view: { phone, canChooseOutput },
}: {
  telephone: Telephone;
  view: TelephoneView;
}) {
  const [devices, setDevices] = useState(NO_DEVICES);
  const { state } = phone;
  // Names of devices are told only once the microphone was allowed.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the state of the call decides what may be known.
  useEffect(() => {
    const load = () => {
      listDevices().then(setDevices, () => setDevices(NO_DEVICES));
    };
    load();
    return watchDevices(load);
  }, [state]);
  return (
    <div className="devices">
      <NativeSelect
        label="Microphone"
        data={options(devices.microphones, 'Microphone')}
        onChange={(event) => void telephone.chooseMicrophone(event.currentTarget.value || null)}
      />
      {canChooseOutput && devices.loudspeakers.length > 0 && (
        <NativeSelect
          label="Loudspeaker"
          data={options(devices.loudspeakers, 'Loudspeaker')}
          onChange={(event) => void telephone.chooseLoudspeaker(event.currentTarget.value)}
        />
      )}
    </div>
  );
}

function options(devices: AudioDevices['microphones'], kind: string): { value: string; label: string }[] {
  return [
    { value: '', label: 'The system’s own' },
    ...devices
      .filter(({ id }) => id !== 'default')
      .map(({ id, label }, i) => ({ value: id, label: label || `${kind} ${i + 1}` })),
  ];
}

/** What is said in this call, and how long each answer took; told by the live monitor. */
function Conversation({ platformCallId }: { platformCallId: string | null }) {
  const calls = useCell(callList.calls);
  const callId = useMemo(() => {
    if (platformCallId === null) return null;
    return (
      [...(calls?.values() ?? [])].find((call) => call.platformCallId === platformCallId)?.callId ?? null
    );
  }, [calls, platformCallId]);
  const state = useWatchedCall(callId);
  if (state.phase !== 'ready') {
    return (
      <section className="panel transcript empty">
        <h2>Transcript</h2>
        <p className="none">What you and the agent say appears here.</p>
      </section>
    );
  }
  const { call } = state;
  const measured = call.turns.filter(({ turnLatencyMs }) => turnLatencyMs !== null);
  return (
    <div className="try-talk">
      <p className="setup-now">
        You talk with <AgentName agent={call.summary.agent} /> · {backendWord(call.summary.backend)}
      </p>
      <Transcript lines={call.lines} backend={call.summary.backend} isOver={call.summary.state === 'ended'} />
      <section className="panel" aria-labelledby="turns-head">
        <div className="panel-head">
          <h2 id="turns-head">How fast the agent answered</h2>
          <a href={`#/calls/${encodeURIComponent(call.summary.callId)}`}>Everything about this call</a>
        </div>
        {measured.length === 0 ? (
          <p className="none">
            Each turn shows up here: from the end of your words to the agent’s first sound.
          </p>
        ) : (
          <table className="turns">
            <thead>
              <tr>
                <th scope="col">At</th>
                <th scope="col">Answered after</th>
                <th scope="col">Heard after</th>
                <th scope="col">End of turn</th>
                <th scope="col">Model</th>
                <th scope="col">Gateway</th>
              </tr>
            </thead>
            <tbody className="figures">
              {measured.toReversed().map((turn) => (
                <tr key={turn.atMs}>
                  <td>{duration(turn.atMs)}</td>
                  <td>
                    <strong>{span(turn.turnLatencyMs)}</strong>
                  </td>
                  <td>{span(turn.heardLatencyMs)}</td>
                  <td>{span(turn.endOfTurnMs)}</td>
                  <td>{span(turn.modelMs)}</td>
                  <td>{span(turn.gatewayMs)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </section>
    </div>
  );
}
