import { type AudioFormat, TRACKS } from '#libs/contracts';
import { AgentVoice } from '../media/agent-voice.js';
import { AudioPath } from '../media/audio-path.js';
import { LastWord } from '../media/last-word.js';
import { LatencySampler } from '../media/latency-sampler.js';
import { CallEventRouter } from '../routing/event-router.js';
import type { CallSessionOptions } from './call-options.js';
import { DropReport } from './drop-report.js';

/** What a call's sound and events run through. */
export interface CallMedia {
  readonly router: CallEventRouter;
  readonly callerPath: AudioPath;
  readonly agentPath: AudioPath;
  readonly callerLatency: LatencySampler;
  readonly agentLatency: LatencySampler;
  readonly voice: AgentVoice;
  readonly lastWord: LastWord;
  readonly drops: DropReport;
}

/** Wires the two paths, the router and the agent's voice to each other, once per call. `agentFormat`: what the AI makes. */
export function createCallMedia(
  options: CallSessionOptions,
  agentFormat: AudioFormat,
  onPlayedOut: () => void,
): CallMedia {
  const { id, info, clock, gateway, limits, log } = options;
  const onTapFailure = (thrown: unknown) =>
    log.error(
      { err: thrown, code: 'AUDIO_TAP_FAILED' },
      'An observer of the sound threw and was taken out; the call goes on.',
    );
  const callerPath = new AudioPath({ holdMs: limits.earlyAudioMs, onTapFailure });
  const agentPath = new AudioPath({ holdMs: 0, onTapFailure });
  const router = new CallEventRouter(id, clock, gateway, { caller: callerPath, agent: agentPath });
  const voice = new AgentVoice({
    router,
    clock,
    path: agentPath,
    format: agentFormat,
    hasMarks: info.capabilities.marks,
    fillerAfterMs: limits.fillerAfterMs,
    onPlayedOut,
    onHeard: () => lastWord.look(),
  });
  const lastWord = new LastWord(router, clock, voice);
  return {
    router,
    callerPath,
    agentPath,
    voice,
    lastWord,
    drops: new DropReport(router, TRACKS),
    callerLatency: new LatencySampler('caller', router, clock),
    agentLatency: new LatencySampler('agent', router, clock),
  };
}
