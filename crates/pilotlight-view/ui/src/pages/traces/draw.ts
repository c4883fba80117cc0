// Draws the picture of durations: each trace as a point, or where there are too many, how many in each cell. Errors are crosses and
// fine traces discs, so that they can be told apart without colours.
import type { Schema } from '../../api/client';
import { date, milliseconds, timeOfDay } from '../../parts/formats';
import { cssColour } from '../../state/theme';
import { type Frame, durationTicks, isScatter, strength, timeTicks, xOf, yOf } from './picture';

type Durations = Schema<'TraceDurations'>;

export function draw(context: CanvasRenderingContext2D, frame: Frame, durations: Durations): void {
  const colours = { ink: cssColour('--ink-3'), line: cssColour('--line'), fine: cssColour('--note'), error: cssColour('--error') };
  drawAxes(context, frame, colours.ink, colours.line);
  const scatter = isScatter(durations);
  if (!scatter) drawCells(context, frame, durations, colours.fine);
  for (const point of durations.points) {
    if (point.error) continue;
    if (scatter) drawDisc(context, xOf(frame, point.start_ms), yOf(frame, point.duration_ms), colours.fine);
  }
  context.globalAlpha = 1;
  context.strokeStyle = colours.error;
  context.lineWidth = 1.5;
  for (const point of durations.points) {
    if (point.error) drawCross(context, xOf(frame, point.start_ms), yOf(frame, point.duration_ms));
  }
}

function drawAxes(context: CanvasRenderingContext2D, frame: Frame, ink: string, line: string): void {
  context.font = '11px system-ui, sans-serif';
  context.fillStyle = ink;
  context.strokeStyle = line;
  context.lineWidth = 1;
  context.textAlign = 'right';
  context.textBaseline = 'middle';
  const decades = durationTicks(frame);
  for (const tick of decades.length > 1 ? decades : [frame.shortestMs, frame.longestMs]) {
    const y = Math.round(yOf(frame, tick)) + 0.5;
    strokeLine(context, frame.left, y, frame.left + frame.width, y);
    context.fillText(milliseconds(tick), frame.left - 6, y);
  }
  context.textAlign = 'center';
  context.textBaseline = 'top';
  const bottom = frame.top + frame.height;
  const days = frame.toMs - frame.fromMs > 36 * 3600e3;
  for (const tick of timeTicks(frame)) {
    const x = Math.round(xOf(frame, tick)) + 0.5;
    strokeLine(context, x, bottom, x, bottom + 4);
    context.fillText(days ? date(tick) : shortTime(tick, frame), x, bottom + 6);
  }
}

function shortTime(ms: number, frame: Frame): string {
  const text = timeOfDay(ms);
  return frame.toMs - frame.fromMs < 5000 ? text : text.slice(0, 8);
}

function drawCells(context: CanvasRenderingContext2D, frame: Frame, durations: Durations, colour: string): void {
  const { time_edges_ms: times, duration_edges_ms: lengths, counts } = durations;
  const rows = lengths.length - 1;
  let most = 1;
  for (const count of counts) if (count > most) most = count;
  context.fillStyle = colour;
  for (let column = 0; column < times.length - 1; column++) {
    const x0 = Math.round(xOf(frame, times[column] ?? 0));
    const x1 = Math.round(xOf(frame, times[column + 1] ?? 0));
    for (let row = 0; row < rows; row++) {
      const count = counts[column * rows + row] ?? 0;
      if (count === 0) continue;
      const y0 = Math.round(yOf(frame, lengths[row + 1] ?? 0));
      const y1 = Math.round(yOf(frame, lengths[row] ?? 0));
      context.globalAlpha = strength(count, most);
      context.fillRect(x0, y0, Math.max(x1 - x0 - 1, 1), Math.max(y1 - y0 - 1, 1));
    }
  }
  context.globalAlpha = 1;
}

function drawDisc(context: CanvasRenderingContext2D, x: number, y: number, colour: string): void {
  context.globalAlpha = 0.55;
  context.fillStyle = colour;
  context.beginPath();
  context.arc(x, y, 3, 0, 2 * Math.PI);
  context.fill();
}

function drawCross(context: CanvasRenderingContext2D, x: number, y: number): void {
  strokeLine(context, x - 3, y - 3, x + 3, y + 3);
  strokeLine(context, x - 3, y + 3, x + 3, y - 3);
}

function strokeLine(context: CanvasRenderingContext2D, x0: number, y0: number, x1: number, y1: number): void {
  context.beginPath();
  context.moveTo(x0, y0);
  context.lineTo(x1, y1);
  context.stroke();
}
