// How many records there were over time, as stacked bars.

import type { SeverityClass } from './severity';
import type { LogBucket } from './types';

/** From the bottom up: the worst is where all bars begin, so that it can be compared. */
export const STACK: readonly SeverityClass[] = ['error', 'warn', 'info', 'debug'];

export interface Bars {
  /** Milliseconds since 1970. */
  from: number;
  to: number;
  /** Milliseconds that each bar stands for. */
  step: number;
  /** The highest bar. */
  most: number;
}

/** Null when there is nothing to draw. */
export function barsOf(buckets: readonly LogBucket[]): Bars | null {
  const [first, second] = buckets;
  const last = buckets[buckets.length - 1];
  if (!first || !last) return null;
  const step = second ? second.start_ms - first.start_ms : 1000;
  if (!(step > 0)) return null;
  return { from: first.start_ms, to: last.start_ms + step, step, most: Math.max(1, ...buckets.map(countOf)) };
}

export function countOf(bucket: LogBucket): number {
  return bucket.debug + bucket.info + bucket.warn + bucket.error;
}

/** The bar at a part of the width, 0 to 1. */
export function bucketAt(bars: Bars, buckets: readonly LogBucket[], part: number): LogBucket | undefined {
  const at = bars.from + part * (bars.to - bars.from);
  return buckets.findLast((bucket) => bucket.start_ms <= at);
}

/** The stretch between two parts of the width, widened to whole bars; nothing when it was no more than a click. */
export function stretchOf(bars: Bars, one: number, other: number): { from: number; to: number } | undefined {
  if (Math.abs(one - other) < 0.005) return undefined;
  const inside = (part: number) => Math.min(1, Math.max(0, part)) * (bars.to - bars.from);
  const from = Math.floor(inside(Math.min(one, other)) / bars.step);
  const to = Math.ceil(inside(Math.max(one, other)) / bars.step);
  return { from: bars.from + from * bars.step, to: bars.from + to * bars.step };
}
