import { Button, Modal, SegmentedControl, Textarea } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { type KeyboardEvent, useState } from 'react';
import { api, monitor } from '../app.js';
import type { CallAudio } from '../call-audio.js';
import { callPath } from '../store/api.js';
import { type CallSummary, mayStepIn } from '../store/protocol.js';
import type { RecordingState } from '../store/recording-state.js';
import { nameOf } from '../store/words.js';
import { useCell } from '../use-cell.js';
import { HangUpIcon, SilentIcon } from './icons.js';
import { useOperator } from './operator.js';
import { HandOn, type Order, RecordingSwitch, SendKeys } from './orders.js';
import { problemWords, type Told } from './report.js';
import { TakeOver } from './take-over.js';

/** A hand in the call: say, whisper, mute, take over, hand on, send keys, pause the recording, hang up. */
export function StepIn({
  call,
  recording,
  audio,
}: {
  call: CallSummary;
  recording: RecordingState;
  audio: CallAudio;
}) {
  const connection = useCell(monitor.connection);
  const operator = useOperator();
  return (
    <section className="panel step-in" aria-labelledby="step-in-head">
      <h2 id="step-in-head">Step in</h2>
      {operator !== null && !mayStepIn(operator.role) ? (
        <p className="why">
          You are let in as {operator.role}: you may watch and listen. Stepping in needs the role operator.
        </p>
      ) : (
        <Controls call={call} recording={recording} audio={audio} isOff={connection.state !== 'open'} />
      )}
    </section>
  );
}

function Controls({
  call,
  recording,
  audio,
  isOff,
}: {
  call: CallSummary;
  recording: RecordingState;
  audio: CallAudio;
  isOff: boolean;
}) {
  const [told, setTold] = useState<Told | null>(null);
  const carryOut = async (order: () => Promise<unknown>, words: string): Promise<boolean> => {
    setTold(null);
    try {
      await order();
      setTold({ words, isProblem: false });
      return true;
    } catch (error) {
      setTold({ words: problemWords(error), isProblem: true });
      return false;
    }
  };
  const act: Act = (event, data, words) =>
    carryOut(() => monitor.request(event, { callId: call.callId, ...data }), words);
  const order: Order = (path, body, words) =>
    carryOut(() => api.post(callPath(call.callId, path), body), words);
  return (
    <>
      {isOff && <p className="why">Not possible without a connection to the gateway.</p>}
      <Words disabled={isOff} act={act} />
      <div className="step-buttons">
        <Button
          variant={call.muted ? 'filled' : 'default'}
          leftSection={<SilentIcon size={16} />}
          disabled={isOff}
          aria-pressed={call.muted}
          onClick={() =>
            act(
              'call.mute',
              { muted: !call.muted },
              call.muted ? 'The agent is heard again.' : 'The caller does not hear the agent now.',
            )
          }
        >
          {call.muted ? 'Unmute agent' : 'Mute agent'}
        </Button>
        <TakeOver call={call} audio={audio} disabled={isOff} report={setTold} />
        <HangUp call={call} disabled={isOff} act={act} />
      </div>
      <RecordingSwitch recording={recording} disabled={isOff} order={order} />
      <HandOn disabled={isOff} order={order} />
      <SendKeys disabled={isOff} order={order} />
      <p className={told?.isProblem ? 'told problem' : 'told'} role="status">
        {told?.words}
      </p>
    </>
  );
}

type Act = (event: string, data: object, words: string) => Promise<boolean>;

function Words({ disabled, act }: { disabled: boolean; act: Act }) {
  const [way, setWay] = useState<'say' | 'whisper'>('say');
  const [text, setText] = useState('');
  const send = async () => {
    if (text.trim() === '' || disabled) return;
    const words = way === 'say' ? 'The agent will say this.' : 'The agent knows; the caller did not hear it.';
    if (await act(`call.${way}`, { text: text.trim() }, words)) setText('');
  };
  const onKey = (event: KeyboardEvent) => {
    if (event.key !== 'Enter' || event.shiftKey || isComposing(event)) return;
    event.preventDefault();
    void send();
  };
  return (
    <div className="words">
      <SegmentedControl
        fullWidth
        size="xs"
        aria-label="Way of speaking"
        disabled={disabled}
        value={way}
        onChange={(value) => setWay(value as 'say' | 'whisper')}
        data={[
          { value: 'say', label: 'Say to the caller' },
          { value: 'whisper', label: 'Whisper to the agent' },
        ]}
      />
      <Textarea
        autosize
        minRows={2}
        maxRows={6}
        maxLength={1000}
        disabled={disabled}
        aria-label={way === 'say' ? 'What the agent shall say' : 'What the agent shall know'}
        placeholder={way === 'say' ? 'The agent says this as it stands' : 'The caller does not hear this'}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        onKeyDown={onKey}
      />
      <Button size="xs" disabled={disabled || text.trim() === ''} onClick={() => void send()}>
        {way === 'say' ? 'Say it' : 'Whisper it'}
      </Button>
    </div>
  );
}

/** Enter takes what an input method proposes. Safari ends the composition first, and tells of it by the key code of all input methods. */
function isComposing({ nativeEvent }: KeyboardEvent): boolean {
  return nativeEvent.isComposing || nativeEvent.keyCode === 229;
}

function HangUp({ call, disabled, act }: { call: CallSummary; disabled: boolean; act: Act }) {
  const [opened, { open, close }] = useDisclosure(false);
  const hangUp = () => {
    close();
    void act('call.hang-up', {}, 'The call is being ended.');
  };
  return (
    <>
      <Button
        variant="default"
        className="danger"
        leftSection={<HangUpIcon size={16} />}
        disabled={disabled}
        onClick={open}
      >
        Hang up
      </Button>
      <Modal
        opened={opened}
        onClose={close}
        centered
        title="Hang up this call?"
        closeButtonProps={{ 'aria-label': 'Close' }}
      >
        <p>
          The conversation with <bdi>{nameOf(call.direction === 'outbound' ? call.to : call.from)}</bdi> ends
          at once. The caller is not told why.
        </p>
        <div className="row end">
          <Button variant="default" onClick={close} data-autofocus>
            Keep the call
          </Button>
          <Button color="red.9" onClick={hangUp}>
            Hang up
          </Button>
        </div>
      </Modal>
    </>
  );
}
