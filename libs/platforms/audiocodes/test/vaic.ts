import { once } from 'node:events';
import { WebSocket } from 'ws';
import { Watched } from '#libs/testing';

export interface WireMessage {
  readonly type: string;
  // biome-ignore lint/suspicious/noExplicitAny: fields are looked at by the specs.
  readonly [field: string]: any;
}

/** A VoiceAI Connect that says what the spec says: the client's end of one socket. */
export class Vaic extends Watched {
  readonly received: WireMessage[] = [];
  closeCode: number | null = null;
  private read = 0;

  private constructor(readonly socket: WebSocket) {
    super();
    socket.on('message', (data: Buffer) => {
      this.received.push(JSON.parse(data.toString()));
      this.changed();
    });
    socket.on('close', (code) => {
      this.closeCode = code;
      this.changed();
    });
    socket.on('error', () => this.changed());
  }

  static async connect(url: string, headers: Record<string, string> = {}): Promise<Vaic> {
    const vaic = new Vaic(new WebSocket(url, { headers }));
    await once(vaic.socket, 'open');
    return vaic;
  }

  send(message: object): void {
    this.socket.send(JSON.stringify(message));
  }

  /** The next message that was not looked at yet. */
  async next(): Promise<WireMessage> {
    await this.until(() => this.received.length > this.read);
    return this.received[this.read++]!;
  }

  /** Everything received and not looked at, once the gateway has dealt with all that was sent before. */
  async rest(): Promise<WireMessage[]> {
    this.send({ type: 'connection.validate' });
    const messages: WireMessage[] = [];
    for (let one = await this.next(); one.type !== 'connection.validated'; one = await this.next()) {
      messages.push(one);
    }
    return messages;
  }

  async closed(): Promise<number> {
    await this.until(() => this.closeCode !== null);
    return this.closeCode!;
  }

  initiate(fields: object = {}): void {
    this.send({
      type: 'session.initiate',
      conversationId: 'call-1',
      botName: 'front-desk',
      caller: '+15550100',
      expectAudioMessages: true,
      supportedMediaFormats: ['raw/lpcm16', 'wav/lpcm16', 'raw/lpcm16_24', 'raw/mulaw'],
      ...fields,
    });
  }

  activities(...activities: object[]): void {
    this.send({ type: 'activities', conversationId: 'call-1', activities });
  }

  event(name: string, fields: object = {}): void {
    this.activities({ id: name, timestamp: '2026-11-21T09:00:00.120Z', type: 'event', name, ...fields });
  }

  start(): void {
    this.event('start', { parameters: { caller: '+15550100', callee: '+15550199' } });
  }

  chunk(audioChunk: unknown, fields: object = {}): void {
    this.send({ type: 'userStream.chunk', conversationId: 'call-1', audioChunk, ...fields });
  }
}
