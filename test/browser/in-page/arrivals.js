// Runs before the page's own scripts: when each piece of the agent's sound came over a socket of the live monitor, beside its time on
// the call's clock.
(() => {
  const AGENT = 1;
  const arrivals = [];
  globalThis.WebSocket = class extends WebSocket {
    constructor(...address) {
      super(...address);
      this.addEventListener('message', ({ data }) => {
        if (!(data instanceof ArrayBuffer) || data.byteLength < 24) return;
        const header = new DataView(data);
        if (header.getUint8(1) === AGENT)
          arrivals.push({ cameMs: performance.now(), atMs: header.getFloat64(16, true) });
      });
    }
  };
  globalThis.arrivalsOfAgent = () => arrivals;
})();
