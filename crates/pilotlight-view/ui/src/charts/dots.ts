// Single measurements drawn over a chart: each can be opened with a click. Those who use no mouse have them as a list below.
import type uPlot from 'uplot';

export interface Dot {
  timeMs: number;
  /** Where it is drawn; null at the chart's lower edge, when it is not measured in the chart's unit. */
  y: number | null;
  /** It can be opened: those that cannot are drawn hollow. */
  known: boolean;
  /** What it is, for whoever points at it. */
  label: string;
}

/** Half of its size, in CSS pixels. */
const radius = 5.5;
/** As far from a dot as a click may be and still mean it, in CSS pixels. */
const reach = 9;

interface Place {
  x: number;
  y: number;
}

/** Draws the dots as diamonds: no line's points look like that. Each has a rim, to be seen on a heatmap's cells of any colour. */
export function drawDots(plot: uPlot, dots: readonly Dot[], colour: string, background: string): void {
  const { ctx } = plot;
  const ratio = devicePixelRatio;
  ctx.save();
  ctx.lineWidth = 1.5 * ratio;
  for (const dot of dots) {
    const place = placeOf(plot, dot);
    if (!place) continue;
    const x = plot.bbox.left + place.x * ratio;
    const y = plot.bbox.top + place.y * ratio;
    ctx.fillStyle = dot.known ? colour : background;
    ctx.strokeStyle = dot.known ? background : colour;
    diamond(ctx, x, y, radius * ratio);
  }
  ctx.restore();
}

/** The dot nearest to a place of the plotting area. */
export function dotAt(plot: uPlot, dots: readonly Dot[], x: number, y: number): number | null {
  let best: number | null = null;
  let nearest = reach;
  dots.forEach((dot, i) => {
    const place = placeOf(plot, dot);
    const distance = place ? Math.hypot(place.x - x, place.y - y) : Infinity;
    if (distance > nearest) return;
    nearest = distance;
    best = i;
  });
  return best;
}

function placeOf(plot: uPlot, { timeMs, y }: Dot): Place | null {
  const { clientWidth: width, clientHeight: height } = plot.over;
  const x = plot.valToPos(timeMs, 'x');
  if (!(x >= -1 && x <= width + 1)) return null;
  const wished = y === null ? height : plot.valToPos(y, 'y');
  return Number.isNaN(wished) ? null : { x, y: Math.min(height - radius, Math.max(radius, wished)) };
}

function diamond(ctx: CanvasRenderingContext2D, x: number, y: number, radius: number): void {
  ctx.beginPath();
  ctx.moveTo(x, y - radius);
  ctx.lineTo(x + radius, y);
  ctx.lineTo(x, y + radius);
  ctx.lineTo(x - radius, y);
  ctx.closePath();
  ctx.fill();
  ctx.stroke();
}
