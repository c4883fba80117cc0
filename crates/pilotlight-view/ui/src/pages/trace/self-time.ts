// When a span was busy itself: what is left of it when the times of its children are taken away.

import { childrenOf, type Tree } from './tree';
import type { SpanRow } from './types';

/** From and to, in pairs, nanoseconds after the trace. */
export type Stretches = Float64Array;

export function selfStretches(tree: Tree, spans: readonly SpanRow[], at: number): Stretches {
  const span = spans[at]!;
  const end = span.start_offset_ns + span.duration_ns;
  // A moment is all its own, however its children's clocks go; it is drawn as narrow as can be.
  if (end === span.start_offset_ns) return Float64Array.of(end, end);
  const free: number[] = [];
  let busyUntil = span.start_offset_ns;
  // Siblings come in the order of their starts, so one pass sees every gap.
  for (const child of childrenOf(tree, at)) {
    const { start_offset_ns: from, duration_ns: took } = spans[child]!;
    if (from > busyUntil) free.push(busyUntil, Math.min(from, end));
    busyUntil = Math.max(busyUntil, from + took);
    if (busyUntil >= end) break;
  }
  if (busyUntil < end) free.push(busyUntil, end);
  return Float64Array.from(free);
}

/** Remembers what was asked, for as long as the trace is shown: a root with 10,000 children is asked at each frame. */
export function selfTimes(tree: Tree, spans: readonly SpanRow[]): (at: number) => Stretches {
  const known = new Map<number, Stretches>();
  return (at) => {
    let found = known.get(at);
    if (!found) {
      found = selfStretches(tree, spans, at);
      known.set(at, found);
    }
    return found;
  };
}
