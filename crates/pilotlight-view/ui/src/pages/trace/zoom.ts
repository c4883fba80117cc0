// The part of a trace's time that is shown: nanoseconds after its start. Every step keeps the range within the trace.

export interface Range {
  from: number;
  to: number;
}

/** Below this nothing more can be told apart: clocks count whole nanoseconds, and a bar needs a few of them. */
const NARROWEST_NS = 10;

/** Far from the start a double is too coarse for that: within the narrowest range there are at least 16 of them. */
function narrowestWithin({ to }: Range): number {
  return Math.max(NARROWEST_NS, Math.abs(to) * 2 ** -48);
}

/** All between two moments. What took no time gets a little, so that its only bar has a place. */
export function whole(from: number, to: number): Range {
  return { from, to: Math.max(to, from + narrowestWithin({ from, to })) };
}

/** Moves and narrows a range until it lies within the other. */
export function clamp(range: Range, bounds: Range): Range {
  const all = bounds.to - bounds.from;
  const wide = Math.min(Math.max(range.to - range.from, Math.min(narrowestWithin(bounds), all)), all);
  const from = Math.min(Math.max(range.from, bounds.from), bounds.to - wide);
  return { from, to: from + wide };
}

/** Makes the range `factor` times as wide and leaves the moment `at` where it is drawn. */
export function zoomAround(range: Range, bounds: Range, at: number, factor: number): Range {
  return clamp({ from: at - (at - range.from) * factor, to: at + (range.to - at) * factor }, bounds);
}

/** Moves by a part of its own width: 1 is one screen on. */
export function pan(range: Range, bounds: Range, part: number): Range {
  const by = (range.to - range.from) * part;
  return clamp({ from: range.from + by, to: range.to + by }, bounds);
}

/** What lies between two moments, whichever comes first. */
export function between(one: number, other: number, bounds: Range): Range {
  return clamp({ from: Math.min(one, other), to: Math.max(one, other) }, bounds);
}

/** A span with some room around it. */
export function around(start: number, duration: number, bounds: Range): Range {
  const room = Math.max(duration * 0.1, narrowestWithin(bounds));
  return clamp({ from: start - room, to: start + duration + room }, bounds);
}

/** Whether nothing is hidden. */
export function isWhole(range: Range, bounds: Range): boolean {
  return range.from <= bounds.from && range.to >= bounds.to;
}

/** Where a moment is drawn, as pixels from the left edge. */
export function toX(range: Range, width: number, at: number): number {
  return ((at - range.from) / (range.to - range.from)) * width;
}

/** Which moment is drawn there. */
export function fromX(range: Range, width: number, x: number): number {
  return range.from + (x / Math.max(1, width)) * (range.to - range.from);
}

/** For the address bar: `1200-88000`; nothing when all is shown. */
export function rangeText(range: Range, bounds: Range): string {
  return isWhole(range, bounds) ? '' : `${Math.floor(range.from)}-${Math.ceil(range.to)}`;
}

/** Reads it again; all of the trace when it is not one. */
export function rangeFrom(text: string, bounds: Range): Range {
  const match = /^(\d{1,20})-(\d{1,20})$/.exec(text);
  if (!match) return bounds;
  return between(Number(match[1]), Number(match[2]), bounds);
}
