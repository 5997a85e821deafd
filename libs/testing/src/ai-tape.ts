import type {
  AiListener,
  AiUsage,
  AudioFrame,
  GatewayError,
  ResponseStatus,
  ToolCall,
  TranscriptLine,
} from '#libs/contracts';

/** A call's ear at the AI: notes everything it is told, in order. */
export class AiTape implements AiListener {
  readonly story: string[] = [];
  readonly frames: { readonly frame: AudioFrame; readonly itemId: string }[] = [];
  readonly finished: {
    readonly responseId: string;
    readonly status: ResponseStatus;
    readonly error: GatewayError | null;
  }[] = [];
  readonly transcripts: TranscriptLine[] = [];
  readonly toolCalls: ToolCall[] = [];
  readonly usages: AiUsage[] = [];
  readonly faults: GatewayError[] = [];
  readonly losses: GatewayError[] = [];
  closedWith: GatewayError | null | undefined;

  onAgentAudio(frame: AudioFrame, itemId: string): void {
    if (this.story[this.story.length - 1] !== 'audio') this.story.push('audio');
    this.frames.push({ frame, itemId });
  }

  onAgentAudioDone(): void {
    this.story.push('audio done');
  }

  onResponseStarted(): void {
    this.story.push('response started');
  }

  onResponseFinished(responseId: string, status: ResponseStatus, error: GatewayError | null): void {
    this.story.push(`response ${status}`);
    this.finished.push({ responseId, status, error });
  }

  onCallerSpeech(edge: 'started' | 'stopped'): void {
    this.story.push(`speech ${edge}`);
  }

  onTurnCommitted(): void {
    this.story.push('turn committed');
  }

  onInterrupted(): void {
    this.story.push('interrupted');
  }

  onTranscript(line: TranscriptLine): void {
    this.transcripts.push(line);
  }

  onToolCall(call: ToolCall): void {
    this.story.push('tool call');
    this.toolCalls.push(call);
  }

  onUsage(usage: AiUsage): void {
    this.usages.push(usage);
  }

  onAiFault(error: GatewayError): void {
    this.faults.push(error);
  }

  onAiLost(error: GatewayError): void {
    this.story.push('lost');
    this.losses.push(error);
  }

  onAiRestored(how: 'reconnect' | 'rollover'): void {
    this.story.push(how);
  }

  onAiClosed(error: GatewayError | null): void {
    this.story.push('closed');
    this.closedWith = error;
  }

  /** How much sound of one item (or of all) has come. */
  audioMs(itemId?: string): number {
    return this.frames.reduce(
      (sum, { frame, itemId: id }) => sum + (itemId === undefined || id === itemId ? frame.durationMs : 0),
      0,
    );
  }
}
