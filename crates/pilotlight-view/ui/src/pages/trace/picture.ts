// All that a waterfall's frame depends on, and where it draws things. Pointing at something reads the same geometry as drawing it.

import type { Ink } from './ink';
import type { Layout } from './layout';
import { BAR_TOP, indent, MARGIN, NARROWEST_BAR, ROW } from './measures';
import type { Stretches } from './self-time';
import { hasChildren, type Tree } from './tree';
import type { Trace } from './types';
import { type Range, toX } from './zoom';

export interface Picture {
  trace: Trace;
  tree: Tree;
  layout: Layout;
  selfOf: (at: number) => Stretches;
  range: Range;
  /** CSS pixels. */
  width: number;
  height: number;
  gutter: number;
  scrollTop: number;
  /** Positions of spans, -1 for none. */
  selected: number;
  hovered: number;
  found: ReadonlySet<number>;
  ink: Ink;
}

/** A bar's edges, pixels from the left edge of the canvas, cut to what can be seen. */
export interface Edges {
  left: number;
  right: number;
}

/** The pixels that the range of time has. */
export function timeWidth(picture: { width: number; gutter: number }): number {
  return Math.max(20, picture.width - picture.gutter - MARGIN);
}

export function xOf(picture: Picture, at: number): number {
  return picture.gutter + toX(picture.range, timeWidth(picture), at);
}

/** Browsers draw coordinates of millions of pixels wrongly or not at all, so edges end just outside the canvas. */
export function edges(picture: Picture, from: number, to: number): Edges | null {
  const left = xOf(picture, from);
  const right = Math.max(xOf(picture, to), left + NARROWEST_BAR);
  if (right < picture.gutter || left > picture.width) return null;
  return { left: Math.max(left, picture.gutter - 4), right: Math.min(right, picture.width + 4) };
}

/** The first row that is seen, and the one after the last. */
export function rowsInView(picture: Picture): [number, number] {
  const first = Math.max(0, Math.floor(picture.scrollTop / ROW));
  const after = Math.ceil((picture.scrollTop + picture.height) / ROW);
  return [first, Math.min(picture.layout.rows.length, after)];
}

export function rowTop(picture: Picture, row: number): number {
  return row * ROW - picture.scrollTop;
}

/** What is under the pointer. */
export interface Spot {
  row: number;
  span: number;
  part: 'caret' | 'name' | 'time';
  /** Positions in the trace's logs. */
  logs: number[];
  /** Positions in the span's events. */
  events: number[];
}

/** Marks this near to the pointer are meant, pixels. */
const NEAR = 5;
/** A tooltip has no room for more. */
const MARKS_MAX = 6;

export function spotAt(picture: Picture, x: number, y: number): Spot | null {
  const row = Math.floor((y + picture.scrollTop) / ROW);
  const span = picture.layout.rows[row];
  if (span === undefined || row < 0) return null;
  const spot: Spot = { row, span, part: partAt(picture, span, x), logs: [], events: [] };
  if (spot.part !== 'time') return spot;
  spot.events = eventsNear(picture, span, x);
  const inUpperHalf = y - rowTop(picture, row) <= BAR_TOP + 4;
  if (inUpperHalf || spot.events.length === 0) spot.logs = logsNear(picture, row, x);
  return spot;
}

function partAt(picture: Picture, span: number, x: number): Spot['part'] {
  if (x >= picture.gutter) return 'time';
  const start = indent(picture.gutter, picture.tree.deepest, picture.tree.depth[span]!);
  const onCaret = x >= start - 4 && x <= start + 14 && hasChildren(picture.tree, span);
  return onCaret ? 'caret' : 'name';
}

function eventsNear(picture: Picture, span: number, x: number): number[] {
  const found: number[] = [];
  picture.trace.spans[span]!.events.forEach((event, at) => {
    if (found.length < MARKS_MAX && Math.abs(xOf(picture, event.offset_ns) - x) <= NEAR) found.push(at);
  });
  return found;
}

function logsNear(picture: Picture, row: number, x: number): number[] {
  const { first, from, item } = picture.layout.logs;
  const found: number[] = [];
  for (let at = first[row]!; at < first[row + 1]! && found.length < MARKS_MAX; at++) {
    if (Math.abs(xOf(picture, from[at]!) - x) <= NEAR) found.push(item[at]!);
  }
  return found;
}
