import type {
  AiListener,
  AiSession,
  AiUsage,
  AudioFrame,
  EventRouter,
  GatewayError,
  Log,
  PlatformLeg,
  ResponseStatus,
  ToolCall,
  TranscriptLine,
} from '#libs/contracts';
import type { AgentVoice } from '../media/agent-voice.js';

/** The parts of a call that the AI's news concern. */
export interface AiNewsDesk {
  readonly router: EventRouter;
  readonly log: Log;
  readonly backend: string;
  readonly voice: AgentVoice;
  isOver(): boolean;
  leg(): PlatformLeg | null;
  session(): AiSession | null;
  onAudioFrame(frame: AudioFrame): void;
  onToolCall(call: ToolCall): void;
  onAway(): void;
  onBack(): void;
  onClosed(error: GatewayError | null): void;
}

/** Turns what the AI tells into sound for the leg, hints for the platform, and events. */
export class CallAiListener implements AiListener {
  constructor(private readonly call: AiNewsDesk) {}

  onAgentAudio(frame: AudioFrame, itemId: string): void {
    if (this.call.isOver()) return;
    this.call.voice.play(frame, itemId);
    this.call.onAudioFrame(frame);
  }

  onAgentAudioDone(itemId: string): void {
    if (!this.call.isOver()) this.call.voice.finishItem(itemId);
  }

  onResponseStarted(responseId: string): void {
    if (!this.call.isOver()) this.call.router.publish('agent.response.started', { responseId });
  }

  onResponseFinished(responseId: string, status: ResponseStatus, error: GatewayError | null): void {
    if (this.call.isOver()) return;
    this.call.router.publish('agent.response.finished', { responseId, status, code: error?.code ?? null });
    if (error !== null) this.fault(error);
  }

  onCallerSpeech(edge: 'started' | 'stopped'): void {
    if (this.call.isOver()) return;
    if (edge === 'started') {
      // The platform must know before it is told to be silent: some stop by themselves on this news.
      this.call.leg()?.understood?.({ kind: 'speech-started' });
      this.call.voice.callerStarted();
      this.call.router.publish('caller.speech.started', {});
    } else {
      this.call.voice.callerStopped();
      this.call.leg()?.understood?.({ kind: 'speech-stopped' });
      this.call.router.publish('caller.speech.stopped', {});
    }
  }

  onTurnCommitted(): void {
    if (this.call.isOver()) return;
    this.call.leg()?.understood?.({ kind: 'turn-committed' });
    this.call.router.publish('caller.turn.committed', {});
  }

  onInterrupted(): void {
    if (this.call.isOver()) return;
    this.call.session()?.interrupt(this.call.voice.interrupt());
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
    this.call.voice.fill();
    this.call.router.publish('backend.lost', { backend: this.call.backend, code: error.code });
  }

  onAiRestored(how: 'reconnect' | 'rollover', tookMs: number): void {
    if (this.call.isOver()) return;
    this.call.voice.stopFilling();
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
