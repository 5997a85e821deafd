import type { MonitorClient, MonitorError } from './monitor-client.js';
import type { AudioSpeaker, MonitorMessage } from './protocol.js';

/** What a player of the call's sound is told. */
export interface AudioOrderListener {
  started(message: { readonly stream: number }): void;
  frame(bytes: ArrayBuffer): void;
  cut(message: { readonly stream: number; readonly speaker: AudioSpeaker; readonly atMs: number }): void;
  ended(message: { readonly stream: number }): void;
  stop(): void;
  refused(error: MonitorError): void;
}

/** Which speakers of one call are listened to: asked for again after each reconnect, changed without a gap for the other one. */
export class AudioOrder {
  private speakers: readonly AudioSpeaker[] = [];
  private stream: number | null = null;
  private readonly undo: readonly (() => void)[];

  constructor(
    private readonly client: MonitorClient,
    private readonly callId: string,
    private readonly listener: AudioOrderListener,
  ) {
    this.undo = [
      client.onMessage((message) => this.take(message)),
      client.onBinary((bytes) => this.listener.frame(bytes)),
      client.connection.watch(() => this.onConnection()),
    ];
  }

  set(speakers: readonly AudioSpeaker[]): void {
    const hadNone = this.speakers.length === 0;
    this.speakers = speakers;
    if (speakers.length > 0) this.ask();
    else if (!hadNone) {
      this.halt();
      this.client.request('audio.unsubscribe', { callId: this.callId }).catch(() => undefined);
    }
  }

  close(): void {
    this.set([]);
    for (const undo of this.undo) undo();
  }

  private onConnection(): void {
    if (this.client.connection.get().state !== 'open') this.halt();
    else if (this.speakers.length > 0) this.ask();
  }

  private ask(): void {
    const { callId, speakers } = this;
    this.client.request('audio.subscribe', { callId, speakers, form: 'binary' }).catch((error) => {
      // After a lost connection the next one asks again.
      if ((error as MonitorError).code !== 'CONNECTION_LOST') this.listener.refused(error as MonitorError);
    });
  }

  private halt(): void {
    this.stream = null;
    this.listener.stop();
  }

  private take({ event, data }: MonitorMessage): void {
    if (data.callId !== this.callId) return;
    const message = data as unknown as { stream: number; speaker: AudioSpeaker; atMs: number };
    switch (event) {
      case 'audio.started':
        // Another speaker of the stream that plays already: what waits of the first one stays.
        if (message.stream === this.stream || this.speakers.length === 0) return;
        this.stream = message.stream;
        this.listener.started(message);
        break;
      case 'audio.cut':
        this.listener.cut(message);
        break;
      case 'audio.ended':
        if (message.stream === this.stream) this.stream = null;
        this.listener.ended(message);
        break;
    }
  }
}
