import { useEffect, useRef } from 'react';
import { onEachFrame } from './frame-loop.js';
import { currentPalette, type Palette, watchPalette } from './palette.js';

/** A needle rises at once and falls slowly, like a VU meter's. */
const RISE_MS = 90;
const FALL_MS = 320;
/** Less than this moves nothing that can be seen. */
const STILL = 0.002;
const TRACK_ALPHA = 0.4;

export interface MeterLane {
  readonly color: 'caller' | 'agent';
  /** 0 ... 1; asked for at each frame. */
  readonly read: () => number;
}

/** Level bars, one under the other, drawn outside of React. */
export function Meter({
  lanes,
  width,
  height,
}: {
  lanes: readonly MeterLane[];
  width: number;
  height: number;
}) {
  const ref = useRef<HTMLCanvasElement>(null);
  const current = useRef(lanes);
  current.current = lanes;
  useEffect(() => {
    const canvas = ref.current;
    if (canvas === null) return;
    return animate(canvas, () => current.current, width, height);
  }, [width, height]);
  return (
    <span className="meter" style={{ width, height }} aria-hidden="true">
      <canvas ref={ref} style={{ width, height }} />
    </span>
  );
}

function animate(
  canvas: HTMLCanvasElement,
  lanesNow: () => readonly MeterLane[],
  width: number,
  height: number,
): () => void {
  const context = canvas.getContext('2d');
  if (context === null) return () => undefined;
  const scale = Math.min(2, devicePixelRatio || 1);
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  const shown: number[] = [];
  let isVisible = true;
  let isDirty = true;
  const seen = new IntersectionObserver(([entry]) => {
    isVisible = entry?.isIntersecting ?? true;
    isDirty = true;
  });
  seen.observe(canvas);
  const stopWatching = watchPalette(() => {
    isDirty = true;
  });
  const stop = onEachFrame((elapsedMs) => {
    if (!isVisible) return;
    const lanes = lanesNow();
    let moved = isDirty;
    for (let i = 0; i < lanes.length; i++) {
      const before = shown[i] ?? 0;
      const target = lanes[i]!.read();
      const share = 1 - Math.exp(-elapsedMs / (target > before ? RISE_MS : FALL_MS));
      const next = Math.abs(target - before) < STILL ? target : before + (target - before) * share;
      // Less than a pixel is no movement.
      if (Math.round(next * canvas.width) !== Math.round(before * canvas.width)) moved = true;
      shown[i] = next;
    }
    if (!moved) return;
    isDirty = false;
    paint(context, canvas, lanes, shown, currentPalette());
  });
  return () => {
    stop();
    stopWatching();
    seen.disconnect();
  };
}

function paint(
  context: CanvasRenderingContext2D,
  { width, height }: HTMLCanvasElement,
  lanes: readonly MeterLane[],
  shown: readonly number[],
  palette: Palette,
): void {
  const gap = Math.round(height / 6);
  const thick = (height - gap * (lanes.length - 1)) / lanes.length;
  context.clearRect(0, 0, width, height);
  for (let i = 0; i < lanes.length; i++) {
    const y = i * (thick + gap);
    context.globalAlpha = TRACK_ALPHA;
    context.fillStyle = palette.edge;
    context.fillRect(0, y, width, thick);
    context.globalAlpha = 1;
    context.fillStyle = palette[lanes[i]!.color];
    context.fillRect(0, y, width * (shown[i] ?? 0), thick);
  }
}
