import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { WebSocket as NodeSocket, type WebSocket as ServerSocket, WebSocketServer } from 'ws';
import { until } from '../../../../libs/testing/src/until.js';
import type { Loudspeaker } from './loudspeaker.js';
import type { Microphone, MicrophoneListener } from './microphone.js';
import { Softphone, type SoftphoneView, type Trouble } from './softphone.js';
import { type News, parseFromGateway } from './softphone-messages.js';
import { SoundError } from './sound-error.js';

/** A loudspeaker that writes down what it is told; marks are heard when the spec says so. */
class Recorder implements Loudspeaker {
  readonly nowMs = 0;
  readonly isRunning = true;
  readonly log: string[] = [];
  heard: (name: string, speaker: 'caller' | 'agent') => void = () => undefined;

  push(...[speaker, encoding, rate, bytes]: Parameters<Loudspeaker['push']>): void {
    this.log.push(`${speaker} ${encoding}/${rate} ${bytes.length}`);
  }

  mark(_speaker: string, name: string): void {
    this.log.push(`mark ${name}`);
  }

  clear(): void {
    this.log.push('clear');
  }

  cut(): void {
    throw new Error('A softphone cuts nothing.');
  }

  listen(heard: Recorder['heard']): void {
    this.heard = heard;
  }
}

class ScriptedMicrophone implements Microphone {
  muted = false;
  isOpen = true;

  constructor(
    readonly deviceId: string | null,
    readonly listener: MicrophoneListener,
  ) {}

  close(): void {
    this.isOpen = false;
  }
}

describe('the softphone', () => {
  let server: WebSocketServer;
  let far: ServerSocket | null;
  let texts: Record<string, unknown>[];
  let sounds: Buffer[];
  let closeCode: number | null;
  let loudspeaker: Recorder;
  let microphones: ScriptedMicrophone[];
  let refusal: unknown;
  let reason: Trouble | null;
  let news: News[];
  let views: SoftphoneView[];
  let phone: Softphone;

  beforeEach(async () => {
    reason = null;
    server = new WebSocketServer({ port: 0, host: '127.0.0.1', verifyClient: () => reason === null });
    await once(server, 'listening');
    [far, texts, sounds, closeCode, microphones, refusal, news, views] = [
      null,
      [],
      [],
      null,
      [],
      null,
      [],
      [],
    ];
    server.on('connection', (socket) => {
      far = socket;
      socket.on('message', (data: Buffer, isBinary: boolean) => {
        if (isBinary) sounds.push(data);
        else texts.push(JSON.parse(data.toString()));
      });
      socket.on('close', (code) => {
        closeCode = code;
      });
    });
    loudspeaker = new Recorder();
    phone = softphone(`ws://127.0.0.1:${(server.address() as AddressInfo).port}/browser`);
  });

  afterEach(async () => {
    phone.stop();
    for (const client of server.clients) client.terminate();
    server.close();
    await once(server, 'close');
  });

  function softphone(url: string): Softphone {
    const made = new Softphone({
      url,
      loudspeaker,
      openMicrophone: async (deviceId, listener) => {
        if (refusal !== null) throw refusal;
        const microphone = new ScriptedMicrophone(deviceId, listener);
        microphones.push(microphone);
        return microphone;
      },
      onNews: (one) => news.push(one),
      whyRefused: async () => reason,
      connect: (address) => {
        const socket = new NodeSocket(address);
        // Other than in a browser, an error without a listener would be thrown.
        socket.on('error', () => undefined);
        return socket as unknown as WebSocket;
      },
    });
    made.watch(() => views.push(made.view));
    return made;
  }

  const send = (message: object | Buffer) =>
    far?.send(Buffer.isBuffer(message) ? message : JSON.stringify(message));
  const state = (wanted: string) => until(() => phone.view.state === wanted, `the state ${wanted}`);
  const received = (type: string) =>
    until(() => texts.some((text) => text.type === type), `the message ${type}`);

  async function talk(): Promise<void> {
    await phone.start({ from: 'Laptop', agent: 'night', parameters: { customer: 'Ada' } });
    await received('start');
    send({ type: 'ready', callId: 'call-1' });
    await state('talking');
    loudspeaker.log.length = 0;
  }

  it('places a call: idle, connecting, ringing, talking', async () => {
    expect(phone.view.state).toBe('idle');
    await talk();
    expect(texts).toEqual([
      { type: 'start', from: 'Laptop', agent: 'night', parameters: { customer: 'Ada' } },
    ]);
    expect([...new Set(views.map((view) => view.state))]).toEqual(['connecting', 'ringing', 'talking']);
    expect(phone.view).toMatchObject({ callId: 'call-1', trouble: null });
  });

  it('says why the gateway opened no line, as far as that is known', async () => {
    reason = { code: 'full', message: 'All lines are busy.' };
    await phone.start();
    await until(() => phone.view.trouble?.code === 'full', 'the reason');
    expect(phone.view).toMatchObject({ state: 'failed', trouble: reason });
  });

  it('plays the agent, and tells of marks when they were heard', async () => {
    await talk();
    send(Buffer.alloc(960));
    send({ type: 'mark', name: 'm1' });
    send({ type: 'clear' });
    await until(() => loudspeaker.log.length === 3, 'sound, mark and clear');
    expect(loudspeaker.log).toEqual(['agent pcm16/24000 960', 'mark m1', 'clear']);
    expect(texts).toHaveLength(1);
    loudspeaker.heard('m1', 'agent');
    await received('mark');
    expect(texts.at(-1)).toEqual({ type: 'mark', name: 'm1' });
  });

  it('sends the microphone, keys and the end', async () => {
    await talk();
    microphones[0]?.listener.onFrame(new ArrayBuffer(960));
    phone.press('#');
    phone.stop();
    await received('stop');
    expect(sounds.map(({ length }) => length)).toEqual([960]);
    expect(texts.slice(1)).toEqual([{ type: 'dtmf', digit: '#' }, { type: 'stop' }]);
    expect(phone.view).toMatchObject({ state: 'ended', reason: 'caller-hung-up' });
    expect(microphones[0]?.isOpen).toBe(false);
    expect(loudspeaker.log).toEqual(['clear']);
    await until(() => closeCode === 1000, 'the socket to close');
  });

  it('hands on what the AI understood', async () => {
    await talk();
    send({ type: 'news', kind: 'speech-started' });
    send({ type: 'news', kind: 'recognition', text: 'Hello' });
    await until(() => news.length === 2, 'the news');
    expect(news[1]).toEqual({ type: 'news', kind: 'recognition', text: 'Hello' });
  });

  it('lets the agent finish its last words where the agent hangs up, and calls again', async () => {
    await talk();
    send({ type: 'ended', reason: 'agent-hung-up' });
    await state('ended');
    expect(phone.view.reason).toBe('agent-hung-up');
    expect(loudspeaker.log).toEqual([]);
    texts = [];
    await talk();
    expect(microphones).toHaveLength(2);
    send({ type: 'ended', reason: 'operator-hung-up' });
    await state('ended');
    expect(loudspeaker.log).toEqual(['clear']);
  });

  it('mutes, and stays muted with another microphone', async () => {
    await talk();
    phone.setMuted(true);
    expect(microphones[0]?.muted).toBe(true);
    await phone.useMicrophone('usb');
    expect(microphones.map(({ deviceId, isOpen, muted }) => [deviceId, isOpen, muted])).toEqual([
      [null, false, true],
      ['usb', true, true],
    ]);
    microphones[0]?.listener.onFrame(new ArrayBuffer(2));
    microphones[1]?.listener.onFrame(new ArrayBuffer(960));
    await until(() => sounds.length > 0, 'sound');
    expect(sounds.map(({ length }) => length)).toEqual([960]);
  });

  it('makes no call without a microphone, and says why', async () => {
    refusal = Object.assign(new Error('no'), { name: 'NotAllowedError' });
    await phone.start();
    expect(phone.view).toMatchObject({ state: 'failed', trouble: { code: 'refused' } });
    expect(phone.view.trouble?.message).toContain('Allow it');
    expect(server.clients.size).toBe(0);
  });

  it('keeps the call where a microphone is lost or refused, and takes another', async () => {
    await talk();
    microphones[0]?.listener.onLost(new SoundError('lost'));
    expect(phone.view).toMatchObject({ state: 'talking', trouble: { code: 'lost' } });
    refusal = Object.assign(new Error('no'), { name: 'OverconstrainedError' });
    await phone.useMicrophone('gone');
    expect(phone.view).toMatchObject({ state: 'talking', trouble: { code: 'absent' } });
    refusal = null;
    await phone.useMicrophone('usb');
    expect(phone.view).toMatchObject({ state: 'talking', trouble: null });
  });

  it('hangs up while it still connects', async () => {
    const starting = phone.start();
    phone.stop();
    await starting;
    expect(phone.view.state).toBe('ended');
    expect(microphones.every(({ isOpen }) => !isOpen)).toBe(true);
    expect(server.clients.size).toBe(0);
  });

  it('fails with the gateway’s words where it is refused', async () => {
    await phone.start();
    await received('start');
    send({ type: 'error', code: 'CALL_DUPLICATE', message: 'This call is running already.' });
    send({ type: 'ended', reason: 'never-connected' });
    await state('failed');
    expect(phone.view.trouble).toEqual({ code: 'CALL_DUPLICATE', message: 'This call is running already.' });
    expect(microphones[0]?.isOpen).toBe(false);
  });

  it('fails where nobody answers, and where the line breaks', async () => {
    await talk();
    far?.terminate();
    await state('failed');
    expect(phone.view.trouble?.code).toBe('line-lost');
    phone = softphone('ws://127.0.0.1:1/browser');
    await phone.start();
    await state('failed');
    expect(phone.view.trouble?.code).toBe('unreachable');
  });

  it('bears what it does not understand', async () => {
    await talk();
    for (const rubbish of ['{', 'null', '7', '{"type":"future"}', '{"type":"toString"}', '{"type":"mark"}']) {
      far?.send(rubbish);
    }
    send({ type: 'mark', name: 'after' });
    await until(() => loudspeaker.log.length > 0, 'the mark');
    expect(loudspeaker.log).toEqual(['mark after']);
    expect(phone.view.state).toBe('talking');
  });

  it('reads the gateway’s messages', () => {
    expect(parseFromGateway('{"type":"ended","reason":"transferred"}')).toEqual({
      type: 'ended',
      reason: 'transferred',
    });
    expect(parseFromGateway('{"type":"ended","reason":7}')).toBeNull();
  });
});
