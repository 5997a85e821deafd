import { Button } from '@mantine/core';
import { useCallback, useEffect, useRef, useState } from 'react';
import { isOnTheLine, monitor } from '../app.js';
import { Capture, SoundError } from '../audio/index.js';
import type { CallAudio } from '../call-audio.js';
import { errorOf } from '../store/monitor-client.js';
import type { CallSummary } from '../store/protocol.js';
import { MicrophoneIcon, MicrophoneOffIcon } from './icons.js';
import { useKey } from './keys-help.js';
import { problemWords, type Report } from './report.js';

/** A second of 24 kHz speech; what waits longer would only make the operator's voice late. */
const MOST_WAITING_BYTES = 48_000;

/** The operator's own microphone in place of the agent. */
export function TakeOver({
  call,
  audio,
  disabled,
  report,
}: {
  call: CallSummary;
  audio: CallAudio;
  disabled: boolean;
  report: Report;
}) {
  const { callId, takenOver } = call;
  const microphone = useRef<Capture | null>(null);
  const [isMine, setMine] = useState(false);
  const [busy, setBusy] = useState(false);

  /** This page was left. */
  const gone = useRef(false);

  const release = useCallback(() => {
    microphone.current?.close();
    microphone.current = null;
    isOnTheLine.set(false);
    setMine(false);
  }, []);

  const giveBack = useCallback(async () => {
    release();
    await monitor.request('call.give-back', { callId }).catch(() => undefined);
  }, [callId, release]);

  // The gateway gives the call back to the agent when no sound comes any more,
  useEffect(
    () =>
      monitor.onMessage((message) => {
        if (message.event !== 'error' || message.data.code !== 'MONITOR_MICROPHONE_GONE') return;
        if (microphone.current === null) return;
        release();
        report({ words: problemWords(errorOf(message)), isProblem: true });
      }),
    [release, report],
  );
  // and when the connection breaks.
  useEffect(
    () =>
      monitor.connection.watch(() => {
        if (monitor.connection.get().state === 'open' || microphone.current === null) return;
        release();
        report({
          words:
            'The connection to the gateway broke, and the caller hears you no more: the agent gets the call back within seconds. Take over again when the connection is back.',
          isProblem: true,
        });
      }),
    [release, report],
  );
  useEffect(() => {
    gone.current = false;
    return () => {
      gone.current = true;
      if (microphone.current !== null) void giveBack();
    };
  }, [giveBack]);

  // One key would else take the operator from the page, and the caller's voice from the line.
  const stay = useCallback(() => {
    if (isOnTheLine.get())
      report({ words: 'Give the call back before you leave this page.', isProblem: true });
  }, [report]);
  useKey('Escape', stay);

  // Without a connection it is not known who has the line, and it may have been this page.
  const isAnothers = takenOver && !disabled;

  const takeOver = async () => {
    report(null);
    setBusy(true);
    let isHeard = false;
    try {
      const opened = await Capture.open(null, {
        onFrame: (frame) => {
          if (isHeard && monitor.bufferedBytes < MOST_WAITING_BYTES) monitor.sendBinary(frame);
        },
        onLost: (error) => {
          void giveBack();
          report({
            words: `${error.message} The agent has the call again; take over anew when the microphone works.`,
            isProblem: true,
          });
        },
      });
      // The browser asks for the microphone, and the operator may have left the page meanwhile.
      if (gone.current) {
        opened.close();
        return;
      }
      microphone.current = opened;
      await monitor.request('call.take-over', { callId });
      if (gone.current) {
        await giveBack();
        return;
      }
      isHeard = true;
      isOnTheLine.set(true);
      setMine(true);
      void audio.listen('caller', true);
      report({
        words: 'You are on the line. The agent is silent until you give the call back.',
        isProblem: false,
      });
    } catch (error) {
      release();
      report({ words: error instanceof SoundError ? error.message : problemWords(error), isProblem: true });
    } finally {
      setBusy(false);
    }
  };

  if (isMine) {
    return (
      <Button
        color="yellow.5"
        leftSection={<MicrophoneOffIcon size={16} />}
        onClick={() => {
          void giveBack();
          report({ words: 'You gave the call back. The agent has the call again.', isProblem: false });
        }}
      >
        Give back
      </Button>
    );
  }
  return (
    <Button
      variant="default"
      leftSection={<MicrophoneIcon size={16} />}
      disabled={disabled || isAnothers}
      loading={busy}
      title={isAnothers ? 'Another operator has taken over this call.' : undefined}
      onClick={() => void takeOver()}
    >
      {isAnothers ? 'Taken over' : 'Take over'}
    </Button>
  );
}
