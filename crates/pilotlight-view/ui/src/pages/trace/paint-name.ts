// A row's left part: how deep it is, whether it is folded, what is wrong with it, its name and service.

import { cut } from '../../parts/formats';
import { indent, indentStep, ROW } from './measures';
import { type Picture, rowTop } from './picture';
import { hasChildren, isError } from './tree';
import type { SpanRow } from './types';

/** More levels than this are not told apart by lines anyway. */
const GUIDES_MAX = 40;
/** No gutter shows more of a name. */
const NAME_MAX = 160;

export function paintName(canvas: CanvasRenderingContext2D, picture: Picture, row: number): void {
  const at = picture.layout.rows[row]!;
  const span = picture.trace.spans[at]!;
  const top = rowTop(picture, row);
  const start = indent(picture.gutter, picture.tree.deepest, picture.tree.depth[at]!);
  paintGuides(canvas, picture, at, top);
  paintCaret(canvas, picture, at, start, top);
  let x = start + 16;
  const service = picture.trace.services[span.service] ?? '';
  canvas.fillStyle = picture.ink.service(service);
  canvas.fillRect(x, top + 6, 3, ROW - 12);
  x += 8;
  canvas.textBaseline = 'middle';
  for (const badge of badgesOf(picture, at, span)) x = paintBadge(canvas, picture, badge, x, top);
  x = paintText(canvas, picture, cut(span.name, NAME_MAX) || '(no name)', x, top, picture.found.has(at));
  if (x > picture.gutter) return;
  canvas.font = picture.ink.smallFont;
  canvas.fillStyle = picture.ink.muted;
  canvas.fillText(cut(service, 60), x + 8, top + ROW / 2 + 1);
}

function paintText(
  canvas: CanvasRenderingContext2D,
  picture: Picture,
  text: string,
  x: number,
  top: number,
  found: boolean,
): number {
  canvas.font = picture.ink.font;
  const wide = canvas.measureText(text).width;
  if (found) {
    canvas.fillStyle = picture.ink.accent;
    canvas.globalAlpha = 0.22;
    canvas.fillRect(x - 2, top + 4, wide + 4, ROW - 8);
    canvas.globalAlpha = 1;
  }
  canvas.fillStyle = picture.ink.text;
  canvas.fillText(text, x, top + ROW / 2 + 1);
  return x + wide;
}

function paintGuides(canvas: CanvasRenderingContext2D, picture: Picture, at: number, top: number): void {
  const { deepest, depth } = picture.tree;
  if (indentStep(picture.gutter, deepest) < 5) return;
  canvas.fillStyle = picture.ink.line;
  for (let level = 0; level < Math.min(depth[at]!, GUIDES_MAX); level++) {
    canvas.fillRect(Math.round(indent(picture.gutter, deepest, level)) + 5, top, 1, ROW);
  }
}

function paintCaret(canvas: CanvasRenderingContext2D, picture: Picture, at: number, x: number, top: number): void {
  if (!hasChildren(picture.tree, at)) return;
  const middle = top + ROW / 2;
  canvas.fillStyle = picture.ink.muted;
  canvas.beginPath();
  if (picture.layout.folded[at]) {
    canvas.moveTo(x + 3, middle - 4.5);
    canvas.lineTo(x + 9, middle);
    canvas.lineTo(x + 3, middle + 4.5);
  } else {
    canvas.moveTo(x + 1, middle - 3);
    canvas.lineTo(x + 10, middle - 3);
    canvas.lineTo(x + 5.5, middle + 3.5);
  }
  canvas.fill();
}

interface Badge {
  text: string;
  colour: string;
  filled: boolean;
}

function badgesOf(picture: Picture, at: number, span: SpanRow): Badge[] {
  const { error, warn, muted } = picture.ink;
  const badges: Badge[] = [];
  if (picture.layout.folded[at]) {
    const hidden = picture.tree.end[at]! - at - 1;
    badges.push({ text: `+${hidden}`, colour: muted, filled: false });
    const errors = picture.tree.errorsBelow[at]!;
    if (errors > 0) badges.push({ text: `!${errors}`, colour: error, filled: false });
  }
  if (isError(span)) badges.push({ text: '!', colour: error, filled: true });
  if (span.placement !== 'inplace') badges.push({ text: span.placement, colour: warn, filled: false });
  if (span.skew_ns != null) badges.push({ text: 'clock', colour: warn, filled: false });
  if (span.links > 0) badges.push({ text: `↗${span.links}`, colour: muted, filled: false });
  if (span.linked_from > 0) badges.push({ text: `↙${span.linked_from}`, colour: muted, filled: false });
  return badges;
}

/** Draws it and tells where the next thing begins. */
function paintBadge(canvas: CanvasRenderingContext2D, picture: Picture, badge: Badge, x: number, top: number): number {
  canvas.font = picture.ink.smallFont;
  const wide = Math.max(14, canvas.measureText(badge.text).width + 8);
  canvas.beginPath();
  canvas.roundRect(x + 0.5, top + 4.5, wide, ROW - 9, 4);
  if (badge.filled) {
    canvas.fillStyle = badge.colour;
    canvas.fill();
  } else {
    canvas.strokeStyle = badge.colour;
    canvas.lineWidth = 1;
    canvas.stroke();
  }
  canvas.fillStyle = badge.filled ? picture.ink.paper : badge.colour;
  canvas.textAlign = 'center';
  canvas.fillText(badge.text, x + 0.5 + wide / 2, top + ROW / 2 + 1);
  canvas.textAlign = 'left';
  return x + wide + 6;
}
