import type { AudioFrame, Clock, GatewayError, LegFormats } from '#libs/contracts';
import type { AudioCodesConfig } from './audiocodes.config.js';
import { carrying, type MediaFormatName } from './audiocodes.formats.js';
import { CallerSound } from './caller-sound.js';
import type { Conversation } from './conversation.js';
import { type PlaySocket, PlayStreams } from './play-streams.js';

export interface CallMediaOptions {
  readonly conversation: Conversation;
  readonly formats: LegFormats;
  readonly socket: PlaySocket;
  readonly clock: Clock;
  readonly config: AudioCodesConfig;
  /** User streams may be open that were never started since the call was accepted on this socket. */
  readonly openAlready: boolean;
  readonly onCallerAudio: (frame: AudioFrame) => void;
  readonly onFault: (error: GatewayError) => void;
}

/** Both directions of an accepted call's sound. */
export interface CallMedia {
  /** The caller's, which is also the one that session.accepted names. */
  readonly mediaFormat: MediaFormatName;
  readonly caller: CallerSound;
  readonly plays: PlayStreams;
}

/** Null: the agreed formats are not among those offered. */
export function callMedia(options: CallMediaOptions): CallMedia | null {
  const { conversation, formats, socket, clock, config } = options;
  const caller = carrying(conversation.formats.caller, formats.caller);
  const agent = carrying(conversation.formats.agent, formats.agent);
  if (caller === null || agent === null) return null;
  return {
    mediaFormat: caller.name,
    caller: new CallerSound(caller, clock, options, options.openAlready),
    plays: new PlayStreams(socket, agent, clock, () => conversation.nextStreamId(), config),
  };
}
