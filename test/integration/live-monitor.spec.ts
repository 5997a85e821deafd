import { afterEach, describe, expect, it } from '@jest/globals';
import { ScriptedBackend, until } from '#libs/testing';
import { MonitorClient } from '../../libs/observers/live-monitor/test/monitor-client.js';
import { boot, closeAll } from './boot.js';
import { ringFromBrowser } from './callers.js';

afterEach(closeAll);

describe('a flood at the monitor', () => {
  it.each([
    ['messages', 200, () => JSON.stringify({ event: 'calls.subscribe', data: {}, id: 1 })],
    ['sound', 500, () => Buffer.alloc(960)],
  ])('of %s ends the connection, and what is beyond is not answered', async (_name, burst, message) => {
    const { wsOrigin } = await boot();
    const [viewer, other] = [await MonitorClient.open(wsOrigin), await MonitorClient.open(wsOrigin)];
    for (let i = 0; i < 1000; i++) viewer.socket.send(message());
    await until(() => viewer.closedWith !== null, 'the end of the connection');
    expect(viewer.closedWith).toBe(1008);
    expect(viewer.all('calls').length).toBeLessThan(burst * 1.5);
    expect((await other.ask('calls.subscribe')).event).toBe('calls');
    await other.close();
  });
});

describe('the audit lines', () => {
  it.each(['warn', 'fatal'])(
    'are written at LOG_LEVEL=%s: who listened to whom, and who did what',
    async (level) => {
      const lines: string[] = [];
      const booted = await boot(
        { LOG_LEVEL: level },
        {
          backend: new ScriptedBackend([{ encoding: 'pcm16', sampleRate: 24_000 }]),
          logTo: { write: (line) => void lines.push(line) },
        },
      );
      const phone = await ringFromBrowser(booted);
      const viewer = await MonitorClient.open(booted.wsOrigin);
      const [{ callId }] = (await viewer.ask('calls.subscribe')).data.calls;
      await viewer.ask('call.subscribe', { callId });
      await viewer.ask('audio.subscribe', { callId, speakers: ['AI'] });
      await viewer.ask('audio.subscribe', { callId, speakers: ['Caller'] });
      await viewer.ask('call.mute', { callId, muted: true });
      const audit = lines.map((line) => JSON.parse(line)).filter((line) => line.audit === true);
      expect(audit.map(({ time: _time, msg: _msg, ...line }) => line)).toEqual(
        [
          { action: 'read' },
          { action: 'listen', speakers: ['AI'] },
          { action: 'listen', speakers: ['Caller'] },
          { action: 'mute' },
        ].map((line) => ({ level: 'info', audit: true, callId, by: 'this machine', ...line })),
      );
      expect(booted.tape.all('operator.acted').map(({ action }) => action)).toEqual([
        'listen',
        'listen',
        'mute',
      ]);
      phone.terminate();
      await viewer.close();
    },
  );
});
