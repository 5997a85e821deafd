// Viewers of the live monitor: each follows the list, and listens to both voices of a call of his own.
import { once } from 'node:events';
import { WebSocket } from 'ws';
import { answer } from './answer.mjs';

let sockets = [];
let frames = 0;
let lost = 0;

async function join(origin, number) {
  const socket = new WebSocket(`${origin.replace('http', 'ws')}/monitor`, { perMessageDeflate: false });
  const send = (event, data) => socket.send(JSON.stringify({ event, data }));
  const listening = new Promise((resolve, reject) => {
    socket.on('error', reject);
    socket.on('message', (data, isBinary) => {
      if (isBinary) {
        frames++;
        return;
      }
      const message = JSON.parse(data.toString());
      if (message.event === 'calls') {
        const running = message.data.calls.filter(({ state }) => state === 'active');
        const { callId } = running[number % running.length];
        send('audio.subscribe', { callId, speakers: ['AI', 'Caller'] });
      } else if (message.event === 'audio.started') resolve();
      else if (message.event === 'audio.lost') lost += message.data.frames;
      else if (message.event === 'error') reject(new Error(message.data.message));
    });
  });
  await once(socket, 'open');
  send('calls.subscribe', {});
  sockets.push(socket);
  await listening;
}

answer({
  /** Resolves when all of them listen. */
  listen: ({ origin, viewers }) =>
    Promise.all(Array.from({ length: viewers }, (_, i) => join(origin, i))).then(() => undefined),
  /** Since the process began. */
  count: () => ({ frames, lost }),
  leave: async () => {
    const leaving = sockets;
    sockets = [];
    for (const socket of leaving) socket.close(1000);
    await Promise.all(
      leaving.map((socket) => (socket.readyState === WebSocket.CLOSED ? undefined : once(socket, 'close'))),
    );
  },
});
