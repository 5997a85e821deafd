import { Button, Slider } from '@mantine/core';
import { useCallback, useMemo, useState } from 'react';
import { callList } from '../app.js';
import type { CallAudio } from '../call-audio.js';
import type { Speaker } from '../store/protocol.js';
import { useCell } from '../use-cell.js';
import { ListenIcon, SilentIcon } from './icons.js';
import { useKey } from './keys-help.js';
import { Meter, type MeterLane } from './meter.js';

const SPEAKERS: readonly Speaker[] = ['caller', 'agent'];
const NAMES: Readonly<Record<Speaker, string>> = { caller: 'Caller', agent: 'Agent' };

/** Whom to listen to, and how loud. */
export function Listening({ callId, audio }: { callId: string; audio: CallAudio }) {
  const { problem } = useCell(audio.view);
  return (
    <section className="panel listening" aria-labelledby="listening-head">
      <h2 id="listening-head">Listen</h2>
      {SPEAKERS.map((speaker) => (
        <SpeakerLine key={speaker} callId={callId} speaker={speaker} audio={audio} />
      ))}
      <p className="told problem" role="status">
        {problem}
      </p>
    </section>
  );
}

function SpeakerLine({ callId, speaker, audio }: { callId: string; speaker: Speaker; audio: CallAudio }) {
  const isOn = useCell(audio.view)[speaker];
  const [volume, setVolume] = useState(100);
  const toggle = useCallback(() => {
    void audio.listen(speaker, !audio.view.get()[speaker]);
  }, [audio, speaker]);
  useKey(speaker === 'caller' ? '1' : '2', toggle);
  const lanes = useMemo<readonly MeterLane[]>(
    () => [
      {
        color: speaker,
        // What is heard here moves with every word; of the others the gateway tells once a second.
        read: () => (isOn ? audio.level(speaker) : callList.levels.read(callId, speaker)),
      },
    ],
    [callId, speaker, audio, isOn],
  );
  return (
    <div className={`speaker ${speaker}`}>
      <span className="speaker-name">{NAMES[speaker]}</span>
      <Meter lanes={lanes} width={72} height={8} />
      <Button
        size="xs"
        variant={isOn ? 'filled' : 'default'}
        leftSection={isOn ? <SilentIcon size={16} /> : <ListenIcon size={16} />}
        aria-pressed={isOn}
        aria-label={`Listen to the ${speaker}`}
        onClick={toggle}
      >
        {isOn ? 'Stop' : 'Listen'}
      </Button>
      <Slider
        size="sm"
        min={0}
        max={200}
        step={5}
        value={volume}
        disabled={!isOn}
        thumbLabel={`Volume of the ${speaker}`}
        label={(value) => `${value} %`}
        onChange={(value) => {
          setVolume(value);
          audio.setVolume(speaker, value / 100);
        }}
      />
    </div>
  );
}
