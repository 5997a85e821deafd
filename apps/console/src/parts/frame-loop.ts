type Draw = (elapsedMs: number) => void;

const drawers = new Set<Draw>();
let lastMs: number | null = null;
let isAsked = false;

/** One animation frame for everything that moves on the page; none while nothing does. */
export function onEachFrame(draw: Draw): () => void {
  drawers.add(draw);
  askForFrame();
  return () => drawers.delete(draw);
}

/** A page's drawers may all leave and the next one's come before the frame that was asked for: that frame serves them too. */
function askForFrame(): void {
  if (isAsked) return;
  isAsked = true;
  requestAnimationFrame(tick);
}

function tick(nowMs: number): void {
  isAsked = false;
  if (drawers.size === 0) {
    lastMs = null;
    return;
  }
  const elapsedMs = lastMs === null ? 16 : Math.min(100, nowMs - lastMs);
  lastMs = nowMs;
  askForFrame();
  for (const draw of drawers) draw(elapsedMs);
}
