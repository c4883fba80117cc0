// Draws a waterfall's rows: only those in view, and per frame nothing that grows with the trace.

import { paintBar } from './paint-bar';
import { paintName } from './paint-name';
import { ROW } from './measures';
import { type Picture, rowsInView, rowTop, timeWidth } from './picture';
import { ticks } from './ticks';
import { toX } from './zoom';

export function paint(canvas: CanvasRenderingContext2D, picture: Picture): void {
  canvas.fillStyle = picture.ink.paper;
  canvas.fillRect(0, 0, picture.width, picture.height);
  const [first, after] = rowsInView(picture);
  paintBackgrounds(canvas, picture, first, after);
  for (let row = first; row < after; row++) paintName(canvas, picture, row);
  coverGutterEdge(canvas, picture, first, after);
  paintGrid(canvas, picture);
  for (let row = first; row < after; row++) paintBar(canvas, picture, row);
}

function paintBackgrounds(canvas: CanvasRenderingContext2D, picture: Picture, first: number, after: number): void {
  for (let row = first; row < after; row++) {
    const colour = background(picture, row);
    if (!colour) continue;
    canvas.fillStyle = colour;
    canvas.fillRect(0, rowTop(picture, row), picture.width, ROW);
  }
}

function background(picture: Picture, row: number): string | null {
  const span = picture.layout.rows[row]!;
  if (span === picture.selected) return picture.ink.selected;
  if (span === picture.hovered) return picture.ink.raised;
  return null;
}

/** Names run as long as they are; what is beyond the gutter is painted over. Cheaper than a clip for each row. */
function coverGutterEdge(canvas: CanvasRenderingContext2D, picture: Picture, first: number, after: number): void {
  const { gutter, width, height, ink } = picture;
  canvas.fillStyle = ink.paper;
  canvas.fillRect(gutter - 4, 0, width - gutter + 4, height);
  for (let row = first; row < after; row++) {
    const colour = background(picture, row);
    if (!colour) continue;
    canvas.fillStyle = colour;
    canvas.fillRect(gutter - 4, rowTop(picture, row), width - gutter + 4, ROW);
  }
  canvas.fillStyle = ink.line;
  canvas.fillRect(gutter - 4, 0, 1, height);
}

function paintGrid(canvas: CanvasRenderingContext2D, picture: Picture): void {
  const { gutter, height, ink, range } = picture;
  canvas.fillStyle = ink.line;
  canvas.globalAlpha = 0.6;
  const wide = timeWidth(picture);
  for (const tick of ticks(range.from, range.to, wide / 90)) {
    canvas.fillRect(Math.round(gutter + toX(range, wide, tick.at)), 0, 1, height);
  }
  canvas.globalAlpha = 1;
}
