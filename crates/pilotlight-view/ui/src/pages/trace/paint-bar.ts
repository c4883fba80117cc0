// A row's right part: the bar, when the span was busy itself, the critical path, events, logs, and how long it took.

import { duration } from '../../parts/formats';
import { type SeverityClass, severityClass } from '../logs/severity';
import type { Ink } from './ink';
import { BAR, BAR_TOP, ROW } from './measures';
import { edges, type Edges, type Picture, rowTop, xOf } from './picture';
import { isError } from './tree';
import type { SpanRow } from './types';

type Canvas = CanvasRenderingContext2D;

export function paintBar(canvas: Canvas, picture: Picture, row: number): void {
  const at = picture.layout.rows[row]!;
  const span = picture.trace.spans[at]!;
  const top = rowTop(picture, row);
  const bar = edges(picture, span.start_offset_ns, span.start_offset_ns + span.duration_ns);
  if (bar) {
    paintBody(canvas, picture, at, bar, top);
    if (isError(span)) paintErrorFrame(canvas, picture.ink, bar, top);
    if (span.skew_ns != null) paintSkew(canvas, picture.ink, bar, top);
  } else {
    paintElsewhere(canvas, picture, span, top);
  }
  paintCritical(canvas, picture, row, top);
  paintEvents(canvas, picture, span, top);
  paintLogs(canvas, picture, row, top);
  if (bar) paintDuration(canvas, picture, span, bar, top);
}

/** Pale where children were busy, full where the span itself was. */
function paintBody(canvas: Canvas, picture: Picture, at: number, bar: Edges, top: number): void {
  const span = picture.trace.spans[at]!;
  canvas.fillStyle = picture.ink.service(picture.trace.services[span.service] ?? '');
  canvas.globalAlpha = 0.4;
  canvas.fillRect(bar.left, top + BAR_TOP, bar.right - bar.left, BAR);
  canvas.globalAlpha = 1;
  const own = picture.selfOf(at);
  let drawnTo = -Infinity;
  for (let n = 0; n < own.length; n += 2) {
    const part = edges(picture, own[n]!, own[n + 1]!);
    // Ten thousand gaps within a pixel are one pixel.
    if (!part || part.right <= drawnTo) continue;
    const left = Math.max(part.left, drawnTo);
    canvas.fillRect(left, top + BAR_TOP, part.right - left, BAR);
    drawnTo = part.right;
  }
}

/** A frame and a cross-piece at its start: seen without seeing red. */
function paintErrorFrame(canvas: Canvas, ink: Ink, bar: Edges, top: number): void {
  canvas.strokeStyle = ink.error;
  canvas.lineWidth = 2;
  canvas.strokeRect(bar.left, top + BAR_TOP - 1, bar.right - bar.left, BAR + 2);
  canvas.fillStyle = ink.error;
  canvas.beginPath();
  canvas.moveTo(bar.left - 1, top + BAR_TOP - 2);
  canvas.lineTo(bar.left + 7, top + BAR_TOP - 2);
  canvas.lineTo(bar.left - 1, top + BAR_TOP + 6);
  canvas.fill();
}

/** A dashed edge where the clock of another service disagrees. */
function paintSkew(canvas: Canvas, ink: Ink, bar: Edges, top: number): void {
  canvas.strokeStyle = ink.warn;
  canvas.lineWidth = 2;
  canvas.setLineDash([2, 2]);
  canvas.beginPath();
  canvas.moveTo(bar.left - 2, top + 2);
  canvas.lineTo(bar.left - 2, top + ROW - 2);
  canvas.stroke();
  canvas.setLineDash([]);
}

/** An arrow at the edge that the span lies beyond. */
function paintElsewhere(canvas: Canvas, picture: Picture, span: SpanRow, top: number): void {
  const before = span.start_offset_ns < picture.range.from;
  const x = before ? picture.gutter + 2 : picture.width - 4;
  const inwards = before ? 6 : -6;
  canvas.fillStyle = picture.ink.muted;
  canvas.beginPath();
  canvas.moveTo(x, top + ROW / 2);
  canvas.lineTo(x + inwards, top + ROW / 2 - 4);
  canvas.lineTo(x + inwards, top + ROW / 2 + 4);
  canvas.fill();
}

function paintCritical(canvas: Canvas, picture: Picture, row: number, top: number): void {
  const { first, from, to } = picture.layout.critical;
  canvas.fillStyle = picture.ink.text;
  let drawnTo = -Infinity;
  for (let n = first[row]!; n < first[row + 1]!; n++) {
    const part = edges(picture, from[n]!, to[n]!);
    if (!part || part.right <= drawnTo) continue;
    const left = Math.max(part.left, drawnTo);
    canvas.fillRect(left, top + BAR_TOP + BAR + 1, part.right - left, 2);
    drawnTo = part.right;
  }
}

/** A diamond for an event, a larger red one for an exception. */
function paintEvents(canvas: Canvas, picture: Picture, span: SpanRow, top: number): void {
  const middle = top + BAR_TOP + BAR / 2;
  for (const event of span.events) {
    const x = xOf(picture, event.offset_ns);
    if (x < picture.gutter - 4 || x > picture.width + 4) continue;
    const size = event.exception ? 5 : 3.5;
    canvas.beginPath();
    canvas.moveTo(x, middle - size);
    canvas.lineTo(x + size, middle);
    canvas.lineTo(x, middle + size);
    canvas.lineTo(x - size, middle);
    canvas.closePath();
    canvas.fillStyle = event.exception ? picture.ink.error : picture.ink.text;
    canvas.fill();
    canvas.strokeStyle = picture.ink.paper;
    canvas.lineWidth = 1;
    canvas.stroke();
  }
}

/** The worse a record, the taller its pin; the head is round, pointed or square. */
const PIN_HEIGHT: Record<SeverityClass, number> = { debug: 3, info: 4, warn: 5, error: 6 };

function paintLogs(canvas: Canvas, picture: Picture, row: number, top: number): void {
  const { first, from, item } = picture.layout.logs;
  let lastX = -Infinity;
  let lastHeight = 0;
  for (let n = first[row]!; n < first[row + 1]!; n++) {
    const x = Math.round(xOf(picture, from[n]!));
    if (x < picture.gutter - 4 || x > picture.width + 4) continue;
    const severity = severityClass(picture.trace.logs[item[n]!]!.log.severity);
    const height = PIN_HEIGHT[severity];
    // Thousands of records in a pixel are one pin, the worst one's.
    if (x === lastX && height <= lastHeight) continue;
    lastX = x;
    lastHeight = height;
    paintPin(canvas, picture.ink, severity, x, top + BAR_TOP + 2);
  }
}

function paintPin(canvas: Canvas, ink: Ink, severity: SeverityClass, x: number, foot: number): void {
  const height = PIN_HEIGHT[severity];
  canvas.fillStyle = ink[severity];
  canvas.fillRect(x - 0.5, foot - height, 1.5, height + 2);
  canvas.beginPath();
  if (severity === 'error') {
    canvas.rect(x - 3, foot - height - 2, 6, 6);
  } else if (severity === 'warn') {
    canvas.moveTo(x, foot - height - 2);
    canvas.lineTo(x + 3.5, foot - height + 4);
    canvas.lineTo(x - 3.5, foot - height + 4);
  } else {
    canvas.arc(x, foot - height + 1, 2.5, 0, Math.PI * 2);
  }
  canvas.fill();
}

/** To the right of the bar; where there is no room, to its left. */
function paintDuration(canvas: Canvas, picture: Picture, span: SpanRow, bar: Edges, top: number): void {
  const text = duration(span.duration_ns);
  canvas.font = picture.ink.smallFont;
  canvas.textBaseline = 'middle';
  const wide = canvas.measureText(text).width;
  const left = bar.left - wide - 6;
  const fitsRight = bar.right + 6 + wide <= picture.width;
  const x = fitsRight ? bar.right + 6 : left > picture.gutter ? left : picture.width - wide - 4;
  if (!fitsRight && left <= picture.gutter) {
    canvas.fillStyle = picture.ink.paper;
    canvas.fillRect(x - 3, top + BAR_TOP - 2, wide + 6, BAR + 3);
  }
  canvas.fillStyle = picture.ink.muted;
  canvas.fillText(text, x, top + BAR_TOP + BAR / 2 + 1);
}
