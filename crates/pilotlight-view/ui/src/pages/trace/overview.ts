// The whole trace in a strip: each span a line, errors on top in red, the range that is shown in a window.

import type { Ink } from './ink';
import { MINIMAP } from './measures';
import { isError } from './tree';
import type { Trace } from './types';
import { fromX, type Range, toX } from './zoom';

/** Where the errors are, above the lines. */
const ERRORS = 5;

/** Draws what only changes with the trace; keep it and copy it. Each span is drawn once: 50,000 take some 20 ms. */
export function paintOverview(canvas: CanvasRenderingContext2D, trace: Trace, rows: Int32Array, all: Range, width: number, ink: Ink): void {
  canvas.fillStyle = ink.raised;
  canvas.fillRect(0, 0, width, MINIMAP);
  const room = MINIMAP - ERRORS - 4;
  const line = Math.max(1, Math.min(4, room / Math.max(1, rows.length)));
  for (let row = 0; row < rows.length; row++) {
    const span = trace.spans[rows[row]!]!;
    const left = toX(all, width, span.start_offset_ns);
    const wide = Math.max(1, (span.duration_ns / (all.to - all.from)) * width);
    canvas.fillStyle = ink.service(trace.services[span.service] ?? '');
    canvas.fillRect(left, ERRORS + 2 + Math.min(row * line, (row / rows.length) * room), wide, Math.max(1, line * 0.75));
    if (!isError(span)) continue;
    canvas.fillStyle = ink.error;
    canvas.fillRect(left, 0, Math.max(3, Math.min(wide, 6)), ERRORS);
  }
}

/** Shades what is not shown and draws the window's edges. */
export function paintWindow(canvas: CanvasRenderingContext2D, range: Range, all: Range, width: number, ink: Ink): void {
  const left = toX(all, width, range.from);
  const right = Math.max(left + 2, toX(all, width, range.to));
  canvas.globalAlpha = 0.55;
  canvas.fillStyle = ink.paper;
  canvas.fillRect(0, 0, left, MINIMAP);
  canvas.fillRect(right, 0, width - right, MINIMAP);
  canvas.globalAlpha = 1;
  canvas.fillStyle = ink.accent;
  canvas.fillRect(left - 1, 0, 2, MINIMAP);
  canvas.fillRect(right - 1, 0, 2, MINIMAP);
}

export type Grip = 'from' | 'to' | 'window' | 'new';

/** Edges can be taken hold of this near, pixels. */
const NEAR = 6;

/** What a press there takes hold of: an edge, the window (unless it is everything), or nothing: then a new one is drawn. */
export function gripAt(range: Range, all: Range, width: number, x: number): Grip {
  const left = toX(all, width, range.from);
  const right = toX(all, width, range.to);
  const narrowed = right - left < width - 2;
  if (narrowed && Math.abs(x - left) <= NEAR) return 'from';
  if (narrowed && Math.abs(x - right) <= NEAR) return 'to';
  return narrowed && x > left && x < right ? 'window' : 'new';
}

/** The range after dragging from one place to another. */
export function dragged(grip: Grip, range: Range, all: Range, width: number, fromPx: number, toPx: number): Range {
  const moved = fromX(all, width, toPx) - fromX(all, width, fromPx);
  switch (grip) {
    case 'from':
      return { from: Math.min(range.from + moved, range.to), to: range.to };
    case 'to':
      return { from: range.from, to: Math.max(range.to + moved, range.from) };
    case 'window':
      return { from: range.from + moved, to: range.to + moved };
    case 'new': {
      const one = fromX(all, width, fromPx);
      return { from: Math.min(one, one + moved), to: Math.max(one, one + moved) };
    }
  }
}
