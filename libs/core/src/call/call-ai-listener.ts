import { inPieces } from '#libs/audio';
import type {
  AiListener,
  AiSession,
  AiUsage,
  AudioFrame,
  GatewayError,
  Log,
  PlatformLeg,
  ResponseStatus,
  ToolCall,
  TranscriptLine,
} from '#libs/contracts';
import type { CallMedia } from './call-media.js';

/** Longer pieces of sound are cut: limits of platforms and marks are finer than that. */
const LONGEST_PIECE_MS = 1000;

/** The parts of a call that the AI's news concern. */
export interface AiNewsDesk extends Pick<CallMedia, 'router' | 'voice' | 'callerPath' | 'agentLatency'> {
  readonly log: Log;
  readonly backend: string;
  isOver(): boolean;
  leg(): PlatformLeg | null;
  session(): AiSession | null;
  onToolCall(call: ToolCall): void;
  /** A response began or ended. */
  onResponse(running: boolean): void;
  onAway(): void;
  onBack(): void;
  onClosed(error: GatewayError | null): void;
}

/** Turns what the AI tells into sound for the leg, hints for the platform, and events. */
export class CallAiListener implements AiListener {
  private startedTold = false;
  private responding = false;

  constructor(private readonly call: AiNewsDesk) {}

  onAgentAudio(frame: AudioFrame, itemId: string): void {
    if (this.call.isOver()) return;
    if (frame.durationMs <= LONGEST_PIECE_MS) this.call.voice.play(frame, itemId);
    else for (const piece of inPieces(frame, LONGEST_PIECE_MS)) this.call.voice.play(piece, itemId);
    this.call.agentLatency.frame(frame.timestampMs);
  }

  onAgentAudioDone(itemId: string): void {
    if (this.call.isOver()) return;
    this.call.voice.finishItem(itemId);
    if (!this.responding) this.tellUnheard();
  }

  onResponseStarted(responseId: string): void {
    if (this.call.isOver()) return;
    this.responding = true;
    this.call.onResponse(true);
    this.call.router.publish('agent.response.started', { responseId });
  }

  onResponseFinished(responseId: string, status: ResponseStatus, error: GatewayError | null): void {
    if (this.call.isOver()) return;
    this.responding = false;
    this.call.onResponse(false);
    this.call.router.publish('agent.response.finished', { responseId, status, code: error?.code ?? null });
    if (error !== null) this.fault(error);
    this.tellUnheard();
  }

  onCallerSpeech(edge: 'started' | 'stopped', heardAtMs: number): void {
    if (this.call.isOver()) return;
    // What the AI hears comes a little later than the caller's own sound where the rate is changed.
    const atMs = heardAtMs - this.call.callerPath.delayMs;
    if (edge === 'started') {
      this.call.voice.callerStarted();
      // While the agent speaks this news silences some platforms, so it waits for the word that it is meant to.
      if (!this.call.voice.isPlaying) this.tellStarted();
      this.call.router.publish('caller.speech.started', { startedMs: atMs });
    } else {
      this.call.voice.callerStopped(atMs);
      this.call.leg()?.understood?.({ kind: 'speech-stopped' });
      this.startedTold = false;
      this.call.router.publish('caller.speech.stopped', { stoppedMs: atMs });
    }
  }

  onTurnCommitted(): void {
    if (this.call.isOver()) return;
    this.call.leg()?.understood?.({ kind: 'turn-committed' });
    this.call.router.publish('caller.turn.committed', {});
  }

  onInterrupted(): void {
    // What is being said is not to be cut, neither here nor, as some platforms do on this news, there.
    if (this.call.isOver() || this.call.voice.shielded) return;
    // The platform must know before it is told to be silent; this news would silence an operator too.
    if (!this.startedTold && this.call.voice.floor !== 'operator') this.tellStarted();
    this.call.session()?.interrupt(this.call.voice.interrupt('speech'));
  }

  onTranscript(line: TranscriptLine): void {
    if (this.call.isOver()) return;
    const { speaker, itemId, text } = line;
    if (speaker === 'caller') {
      this.call.leg()?.understood?.({ kind: line.final ? 'recognition' : 'hypothesis', text });
    }
    this.call.router.publish(line.final ? 'transcript.final' : 'transcript.partial', {
      speaker,
      itemId,
      text,
    });
  }

  onToolCall(call: ToolCall): void {
    if (!this.call.isOver()) this.call.onToolCall(call);
  }

  onUsage(usage: AiUsage): void {
    if (!this.call.isOver()) this.call.router.publish('backend.used', { backend: this.call.backend, usage });
  }

  onAiFault(error: GatewayError): void {
    if (!this.call.isOver()) this.fault(error);
  }

  onAiLost(error: GatewayError): void {
    if (this.call.isOver()) return;
    this.call.log.warn(
      { code: error.code, reason: error.message },
      'The connection to the AI is lost and is being restored.',
    );
    this.call.onAway();
    this.call.voice.fill('ai-lost');
    this.call.router.publish('backend.lost', { backend: this.call.backend, code: error.code });
  }

  onAiRestored(how: 'reconnect' | 'rollover', tookMs: number): void {
    if (this.call.isOver()) return;
    this.call.voice.stopFilling('ai-lost');
    this.call.onBack();
    this.call.router.publish('backend.restored', { backend: this.call.backend, how, tookMs });
  }

  onAiClosed(error: GatewayError | null): void {
    if (this.call.isOver()) return;
    if (error !== null) {
      this.call.log.error(
        { code: error.code, reason: error.message, advice: error.advice },
        'The AI ended the conversation.',
      );
      this.call.router.publish('backend.failed', {
        backend: this.call.backend,
        code: error.code,
        fatal: true,
      });
    }
    this.call.onClosed(error);
  }

  /**
   * What nobody was to hear the AI must forget, but not before its response is over: to be told stops it, and with it the
   * functions that it calls after its words.
   */
  private tellUnheard(): void {
    const unheard = this.call.voice.takeUnheard();
    if (unheard.length > 0) this.call.session()?.interrupt(unheard);
  }

  private tellStarted(): void {
    this.startedTold = true;
    this.call.leg()?.understood?.({ kind: 'speech-started' });
  }

  private fault(error: GatewayError): void {
    this.call.log.warn(
      { code: error.code, reason: error.message },
      'The AI reported an error; the call goes on.',
    );
    this.call.router.publish('backend.failed', {
      backend: this.call.backend,
      code: error.code,
      fatal: false,
    });
  }
}
