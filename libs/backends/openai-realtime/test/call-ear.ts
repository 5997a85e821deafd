import type {
  AiListener,
  AiSession,
  AiUsage,
  AudioFrame,
  GatewayError,
  HeardItem,
  ResponseStatus,
  ToolCall,
  TranscriptLine,
} from '#libs/contracts';
import { Watched } from '#libs/testing';

/** Everything an AI session told its call, as short lines in order; and the call's side of a barge-in. */
export class CallEar extends Watched implements AiListener {
  readonly news: string[] = [];
  readonly frames: { readonly itemId: string; readonly frame: AudioFrame }[] = [];
  readonly lines: TranscriptLine[] = [];
  /** When the caller began and stopped, in turns. */
  readonly edges: number[] = [];
  readonly toolCalls: ToolCall[] = [];
  readonly usages: AiUsage[] = [];
  readonly errors: GatewayError[] = [];
  session: AiSession | null = null;
  /** What the call answers when it is told to be silent. */
  heard: () => readonly HeardItem[] = () => [];
  onTool: (call: ToolCall) => void = () => undefined;

  count(prefix: string): number {
    return this.news.filter((line) => line.startsWith(prefix)).length;
  }

  /** Waits for the `nth` piece of news that begins like this. */
  async told(prefix: string, nth = 1): Promise<void> {
    await this.until(() => this.count(prefix) >= nth);
  }

  /** Milliseconds of sound per item, in order. */
  get sounds(): Map<string, number> {
    const sounds = new Map<string, number>();
    for (const { itemId, frame } of this.frames) {
      sounds.set(itemId, (sounds.get(itemId) ?? 0) + frame.durationMs);
    }
    return sounds;
  }

  words(speaker: 'caller' | 'agent'): string[] {
    return this.lines.filter((line) => line.final && line.speaker === speaker).map((line) => line.text);
  }

  onAgentAudio(frame: AudioFrame, itemId: string): void {
    this.frames.push({ itemId, frame });
    this.changed();
  }

  onAgentAudioDone(itemId: string): void {
    this.tell(`audio done ${itemId}`);
  }

  onResponseStarted(responseId: string): void {
    this.tell(`response started ${responseId}`);
  }

  onResponseFinished(_responseId: string, status: ResponseStatus, error: GatewayError | null): void {
    if (error !== null) this.errors.push(error);
    this.tell(`response ${status}${error === null ? '' : ` ${error.code}`}`);
  }

  onCallerSpeech(edge: 'started' | 'stopped', atMs: number): void {
    this.edges.push(atMs);
    this.tell(`caller ${edge}`);
  }

  onTurnCommitted(): void {
    this.tell('turn committed');
  }

  onInterrupted(): void {
    this.tell('interrupted');
    this.session?.interrupt(this.heard());
  }

  onTranscript(line: TranscriptLine): void {
    this.lines.push(line);
    this.tell(`${line.speaker} ${line.final ? 'said' : 'says'} ${line.text}`);
  }

  onToolCall(call: ToolCall): void {
    this.toolCalls.push(call);
    this.tell(`tool ${call.name}`);
    this.onTool(call);
  }

  onUsage(usage: AiUsage): void {
    this.usages.push(usage);
    this.tell('usage');
  }

  onAiFault(error: GatewayError): void {
    this.errors.push(error);
    this.tell(`fault ${error.code}`);
  }

  onAiLost(error: GatewayError): void {
    this.errors.push(error);
    this.tell(`lost ${error.code}`);
  }

  onAiRestored(how: 'reconnect' | 'rollover', tookMs: number): void {
    if (!(tookMs >= 0)) throw new Error(`A restoration took ${tookMs} ms.`);
    this.tell(`restored ${how}`);
  }

  onAiClosed(error: GatewayError | null): void {
    if (error !== null) this.errors.push(error);
    this.tell(`closed ${error?.code ?? 'in order'}`);
  }

  private tell(line: string): void {
    this.news.push(line);
    this.changed();
  }
}
