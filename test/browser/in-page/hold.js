// Runs before the page's own scripts: what a browser gives only after a while, the microphone or the sound's own thread, is held
// back until the test lets go, and everything that was opened is remembered. HELD is 'microphone' or 'loudspeaker'.
(() => {
  const waiting = [];
  const opened = { contexts: [], tracks: [], sockets: [], askedForMicrophone: 0 };
  const hold = (what) => (what === HELD ? new Promise((letGo) => waiting.push(letGo)) : undefined);
  globalThis.AudioContext = class extends AudioContext {
    constructor(...options) {
      super(...options);
      opened.contexts.push(this);
    }
  };
  globalThis.WebSocket = class extends WebSocket {
    constructor(...address) {
      super(...address);
      opened.sockets.push(this);
    }
  };
  const { addModule } = AudioWorklet.prototype;
  AudioWorklet.prototype.addModule = async function (...module) {
    await hold('loudspeaker');
    return addModule.apply(this, module);
  };
  const { getUserMedia } = MediaDevices.prototype;
  MediaDevices.prototype.getUserMedia = async function (...wanted) {
    opened.askedForMicrophone++;
    await hold('microphone');
    const stream = await getUserMedia.apply(this, wanted);
    opened.tracks.push(...stream.getTracks());
    return stream;
  };
  globalThis.heldBack = () => waiting.length;
  globalThis.letGo = () => {
    for (const each of waiting.splice(0)) each();
  };
  globalThis.whatWasOpened = () => ({
    contexts: opened.contexts.map(({ state }) => state),
    tracks: opened.tracks.map(({ readyState }) => readyState),
    lines: opened.sockets.filter(({ url }) => url.endsWith('/browser')).length,
    askedForMicrophone: opened.askedForMicrophone,
  });
})();
