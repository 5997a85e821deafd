import { Anchor } from '@mantine/core';
import { type Ref, useState } from 'react';
import type { CallRecord, RecordingInfo } from '#libs/contracts';
import { callPath } from '../store/api.js';
import { bytesWords } from '../store/record-words.js';
import { duration } from '../store/words.js';
import { DownloadIcon } from './icons.js';

const WHY_NOT: Readonly<Record<Exclude<RecordingInfo['state'], 'saved'>, string>> = {
  running: 'The recording is not finished yet. It can be heard when the call is over.',
  failed: 'The recording failed; the events say why.',
  deleted: 'The recording has been deleted.',
};

/** The sound of the call: caller on the left, agent on the right. `onTime` gets seconds of the recording; null: it stands still. */
export function Player({
  ref,
  record: { callId, recording },
  onTime,
}: {
  ref: Ref<HTMLAudioElement>;
  record: Pick<CallRecord, 'callId' | 'recording'>;
  onTime: (seconds: number | null) => void;
}) {
  const [isBroken, setBroken] = useState(false);
  const url = callPath(callId, '/recording');
  return (
    <section className="panel player" aria-labelledby="player-head">
      <div className="panel-head">
        <h2 id="player-head">Recording</h2>
        {recording?.state === 'saved' && (
          <p className="downloads">
            <DownloadIcon size={15} />
            <Anchor href={url} download={`${callId}.wav`}>
              WAV, {duration(recording.durationMs)}, {bytesWords(recording.bytes)}
            </Anchor>
          </p>
        )}
      </div>
      {recording === null ? (
        <p className="none">This call was not recorded.</p>
      ) : recording.state !== 'saved' ? (
        <p className="none">{WHY_NOT[recording.state] ?? recording.state}</p>
      ) : (
        <>
          {/* biome-ignore lint/a11y/useMediaCaption: the transcript beside it has the words, and follows the sound. */}
          <audio
            ref={ref}
            src={url}
            controls
            preload="metadata"
            aria-label="Recording of the call"
            onTimeUpdate={(event) => onTime(event.currentTarget.currentTime)}
            onEnded={() => onTime(null)}
            onLoadedMetadata={() => setBroken(false)}
            onError={() => setBroken(true)}
          />
          <p className="hint">Caller on the left, agent on the right. A click on a line plays it.</p>
          <p className="told problem" role="status">
            {isBroken &&
              'The recording cannot be played now: it was moved or deleted, or the gateway is away.'}
          </p>
        </>
      )}
    </section>
  );
}
