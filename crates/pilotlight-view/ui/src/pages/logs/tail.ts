// The live tail: the newest records, and while it is paused, those that wait. Both have an end, and what falls off it is counted.

import { msOf } from '../../parts/formats';
import type { LogRow } from './types';

export interface Tail {
  /** What is shown, the newest first. */
  shown: LogRow[];
  /** What came while it was paused, the newest first. */
  waiting: LogRow[];
  paused: boolean;
  /** How many the server let go because this page was too slow. */
  missed: number;
  /** How many came while it was paused and wait no more: they found no room, or the connection was lost meanwhile. */
  overflowed: number;
}

/** Lines of a list that are scrolled by hand, and as many that wait; what is older is asked for, not tailed. */
export const SHOWN_MAX = 2_000;

export const EMPTY_TAIL: Tail = { shown: [], waiting: [], paused: false, missed: 0, overflowed: 0 };

/** Takes what was pushed, in the order in which it came: the oldest first. */
export function pushed(tail: Tail, came: readonly LogRow[]): Tail {
  const newest = [...came].reverse();
  if (!tail.paused) return { ...tail, shown: newest.concat(tail.shown).slice(0, SHOWN_MAX) };
  const waiting = newest.concat(tail.waiting);
  const over = Math.max(0, waiting.length - SHOWN_MAX);
  return { ...tail, waiting: waiting.slice(0, SHOWN_MAX), overflowed: tail.overflowed + over };
}

/** The server tells that it let some go. */
export function missed(tail: Tail, count: number): Tail {
  return { ...tail, missed: tail.missed + count };
}

export function paused(tail: Tail): Tail {
  return { ...tail, paused: true };
}

/** Shows what waited. */
export function resumed(tail: Tail): Tail {
  const shown = tail.waiting.concat(tail.shown).slice(0, SHOWN_MAX);
  return { ...tail, shown, waiting: [], paused: false, overflowed: 0 };
}

/**
 * Begins anew with another connection. What was there before is asked for: it may be another viewer, whose records have the same ids.
 * What waited still counts as news.
 */
export function begun({ paused, waiting, overflowed }: Tail): Tail {
  return { ...EMPTY_TAIL, paused, overflowed: overflowed + waiting.length };
}

/** Whether older records may have fallen off the end of what is shown. */
export function isFull(shown: readonly LogRow[]): boolean {
  return shown.length >= SHOWN_MAX;
}

/**
 * What was pushed and what was asked for, each record once, the newest first, from `fromMs` on. Of one moment, what was pushed comes
 * first. Below a full tail nothing is joined on: what fell off it is missing there.
 */
export function withAsked(shown: readonly LogRow[], asked: readonly LogRow[], fromMs = 0): LogRow[] {
  const known = new Set(shown.map((row) => row.id));
  const end = isFull(shown) ? shown.at(-1) : undefined;
  const others = asked.filter((row) => !known.has(row.id) && !(end && laterFirst(end.time, row.time) < 0));
  return [...shown, ...others].filter((row) => msOf(row.time) >= fromMs).sort((a, b) => laterFirst(a.time, b.time));
}

/** Nanoseconds as digits are compared as such: numbers would not tell neighbours apart. */
function laterFirst(one: string, other: string): number {
  if (one.length !== other.length) return other.length - one.length;
  return one === other ? 0 : one < other ? 1 : -1;
}
