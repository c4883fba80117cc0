// Where traces are in the picture of durations: time from left to right, duration upwards, each decade as high as the next.
import type { Schema } from '../../api/client';

type Point = Schema<'DurationPoint'>;
type Durations = Schema<'TraceDurations'>;

/** The picture's frame in pixels, and what its edges stand for. */
export interface Frame {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  readonly fromMs: number;
  readonly toMs: number;
  /** Both above zero: the axis is logarithmic. */
  readonly shortestMs: number;
  readonly longestMs: number;
}

/** A part of the frame, in pixels. */
export interface Box {
  readonly x0: number;
  readonly y0: number;
  readonly x1: number;
  readonly y1: number;
}

/** What a box stands for; missing where it says nothing. */
export interface Stretch {
  readonly fromMs?: number;
  readonly toMs?: number;
  readonly shortestMs?: number;
  readonly longestMs?: number;
}

/** The frame of an answer; none when there is nothing in it. */
export function frameOf(durations: Durations, width: number, height: number): Frame | undefined {
  const { time_edges_ms: times, duration_edges_ms: lengths } = durations;
  const [fromMs, toMs] = [times[0], times.at(-1)];
  const [shortest, longest] = [lengths[0], lengths.at(-1)];
  if (fromMs === undefined || toMs === undefined || shortest === undefined || longest === undefined) return undefined;
  // Traces of one moment get a second around it.
  const around = toMs > fromMs ? 0 : 500;
  const shortestMs = Math.max(shortest, 1e-6);
  return { ...inner(width, height), fromMs: fromMs - around, toMs: toMs + around, shortestMs, longestMs: Math.max(longest, shortestMs * 1.01) };
}

/** Room for the words beside and below. */
function inner(width: number, height: number) {
  return { left: 52, top: 6, width: Math.max(width - 60, 10), height: Math.max(height - 26, 10) };
}

export function xOf(frame: Frame, ms: number): number {
  return frame.left + ((ms - frame.fromMs) / (frame.toMs - frame.fromMs)) * frame.width;
}

export function yOf(frame: Frame, durationMs: number): number {
  const within = Math.min(Math.max(durationMs, frame.shortestMs), frame.longestMs);
  const part = Math.log(within / frame.shortestMs) / Math.log(frame.longestMs / frame.shortestMs);
  return frame.top + (1 - part) * frame.height;
}

export function timeAt(frame: Frame, x: number): number {
  const part = Math.min(1, Math.max(0, (x - frame.left) / frame.width));
  return frame.fromMs + part * (frame.toMs - frame.fromMs);
}

export function durationAt(frame: Frame, y: number): number {
  const part = Math.min(1, Math.max(0, 1 - (y - frame.top) / frame.height));
  return frame.shortestMs * (frame.longestMs / frame.shortestMs) ** part;
}

/** Pixels that a hand moves without meaning it. */
const slack = 6;

/**
 * What a drawn box means: a flat one is a stretch of time, a narrow one a stretch of durations, any other both; none when it is
 * hardly more than a click. Where it reaches the frame's edge it has no end: traces that lie beyond are drawn at the edge.
 */
export function meaningOf(frame: Frame, box: Box): Stretch | undefined {
  const wide = Math.abs(box.x1 - box.x0) > slack;
  const high = Math.abs(box.y1 - box.y0) > slack;
  if (!wide && !high) return undefined;
  const [left, right] = [Math.min(box.x0, box.x1), Math.max(box.x0, box.x1)];
  const [upper, lower] = [Math.min(box.y0, box.y1), Math.max(box.y0, box.y1)];
  return {
    ...(wide && left > frame.left && { fromMs: timeAt(frame, left) }),
    ...(wide && right < frame.left + frame.width && { toMs: timeAt(frame, right) }),
    ...(high && lower < frame.top + frame.height && { shortestMs: durationAt(frame, lower) }),
    ...(high && upper > frame.top && { longestMs: durationAt(frame, upper) }),
  };
}

/** The point that is meant by a place: the nearest one within 10 pixels; an error when two are as near. */
export function pointAt(frame: Frame, points: readonly Point[], x: number, y: number): Point | undefined {
  let best: Point | undefined;
  let bestDistance = 10;
  for (const point of points) {
    const distance = Math.hypot(xOf(frame, point.start_ms) - x, yOf(frame, point.duration_ms) - y) - (point.error ? 1 : 0);
    if (distance < bestDistance) [best, bestDistance] = [point, distance];
  }
  return best;
}

/** Whether every trace is a point of its own. */
export function isScatter(durations: Durations): boolean {
  return total(durations.counts) <= durations.points.length;
}

export function total(counts: readonly number[]): number {
  let sum = 0;
  for (const count of counts) sum += count;
  return sum;
}

/** How strong a cell is, 0 to 1: one trace is to be seen beside thousands. */
export function strength(count: number, most: number): number {
  return count <= 0 ? 0 : 0.18 + 0.82 * (Math.log1p(count - 1) / Math.log1p(Math.max(most - 1, 1)));
}

/** Durations to write beside the axis: powers of ten, thinned until they are `gap` pixels apart. */
export function durationTicks(frame: Frame, gap = 22): number[] {
  const decades = Math.log10(frame.longestMs / frame.shortestMs);
  const step = Math.max(1, Math.ceil((decades * gap) / frame.height));
  const ticks: number[] = [];
  for (let power = Math.ceil(Math.log10(frame.shortestMs)); 10 ** power <= frame.longestMs * 1.0001; power += step) {
    ticks.push(10 ** power);
  }
  return ticks;
}

/** Steps of a time axis, milliseconds. */
const timeSteps = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 15e3, 3e4, 6e4, 12e4, 3e5, 6e5, 9e5, 18e5, 36e5, 72e5, 108e5, 216e5, 432e5, 864e5];

/** Moments to write below, on whole steps, at least `gap` pixels apart. */
export function timeTicks(frame: Frame, gap = 110): number[] {
  const length = frame.toMs - frame.fromMs;
  const least = (length * gap) / frame.width;
  const step = timeSteps.find((one) => one >= least) ?? Math.ceil(least / 864e5) * 864e5;
  // Whole steps of the reader's clock, not of Greenwich's.
  const shift = new Date(frame.fromMs).getTimezoneOffset() * 60_000 || 0;
  const ticks: number[] = [];
  for (let at = Math.ceil((frame.fromMs - shift) / step) * step + shift; at <= frame.toMs; at += step) ticks.push(at);
  return ticks;
}
