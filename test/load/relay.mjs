// The yardstick: what moving the messages costs when nothing else is done. For each platform socket one socket to the AI; each
// message is parsed, and its sound goes as it came, still base64, in the other side's envelope.
import { WebSocket, WebSocketServer } from 'ws';

const aiUrl = process.env.AI_URL;

/** Twilio's envelope; the sound is mu-law on both sides. */
function relayTwilio(phone) {
  const ai = new WebSocket(`${aiUrl}?format=audio/pcmu`, { perMessageDeflate: false });
  let streamSid = '';
  phone.on('message', (data) => {
    const message = JSON.parse(data.toString());
    if (message.event === 'media') forward(ai, message.media.payload);
    else if (message.event === 'start') streamSid = message.streamSid;
  });
  ai.on('message', (data) => {
    const message = JSON.parse(data.toString());
    if (message.type !== 'response.output_audio.delta') return;
    phone.send(`{"event":"media","streamSid":"${streamSid}","media":{"payload":"${message.delta}"}}`);
  });
  phone.on('close', () => ai.close());
}

/** The envelope of AudioCodes; the sound is 24 kHz PCM on both sides. */
function relayAudioCodes(phone) {
  const ai = new WebSocket(`${aiUrl}?format=audio/pcm`, { perMessageDeflate: false });
  phone.on('message', (data) => {
    const message = JSON.parse(data.toString());
    if (message.type === 'userStream.chunk') forward(ai, message.audioChunk);
    else if (message.type === 'userStream.start') phone.send('{"type":"userStream.started"}');
    else if (message.type === 'session.initiate') {
      phone.send('{"type":"session.accepted","mediaFormat":"raw/lpcm16_24"}');
      phone.send('{"type":"playStream.start","streamId":"1","mediaFormat":"raw/lpcm16_24"}');
    } else if (message.type === 'session.end') phone.close(1000);
  });
  ai.on('message', (data) => {
    const message = JSON.parse(data.toString());
    if (message.type !== 'response.output_audio.delta') return;
    phone.send(`{"type":"playStream.chunk","streamId":"1","audioChunk":"${message.delta}"}`);
  });
  phone.on('close', () => ai.close());
}

function forward(ai, sound) {
  if (ai.readyState !== WebSocket.OPEN) return;
  ai.send(`{"type":"input_audio_buffer.append","audio":"${sound}"}`);
}

const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false });
server.on('connection', (phone, request) => {
  if (request.url.startsWith('/audiocodes')) relayAudioCodes(phone);
  else relayTwilio(phone);
});
server.on('listening', () => console.log(`listening on http://127.0.0.1:${server.address().port}`));
