type Draw = (elapsedMs: number) => void;

const drawers = new Set<Draw>();
let lastMs: number | null = null;

/** One animation frame for everything that moves on the page; none while nothing does. */
export function onEachFrame(draw: Draw): () => void {
  if (drawers.size === 0) requestAnimationFrame(tick);
  drawers.add(draw);
  return () => drawers.delete(draw);
}

function tick(nowMs: number): void {
  if (drawers.size === 0) {
    lastMs = null;
    return;
  }
  const elapsedMs = lastMs === null ? 16 : Math.min(100, nowMs - lastMs);
  lastMs = nowMs;
  for (const draw of drawers) draw(elapsedMs);
  requestAnimationFrame(tick);
}
