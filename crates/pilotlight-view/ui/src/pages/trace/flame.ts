// The flame graph: what a trace's time is made of, with spans of the same name below the same parents put together. Self times, not
// durations, are summed, so that work side by side does not make a frame wider than its parent.

import { childrenOf, isError, type Tree } from './tree';
import type { Trace } from './types';

export interface Frame {
  name: string;
  service: string;
  depth: number;
  /** Nanoseconds of self time to its left. */
  from: number;
  /** Nanoseconds of self time of it and all below it. */
  total: number;
  /** Nanoseconds of its own. */
  self: number;
  spans: number;
  errors: number;
  /** The longest of its spans, as a position. */
  longestSpan: number;
}

export interface Flame {
  /** Depth first; the widest siblings first. */
  frames: Frame[];
  total: number;
  levels: number;
  /** How many frames are not here because the tree is deeper than can be shown. */
  leftOut: number;
}

/** Deeper levels are not drawn: a page would not end. */
const LEVELS_MAX = 200;

interface Node {
  frame: Frame;
  members: number[];
}

export function flameOf(trace: Trace, tree: Tree): Flame {
  const flame: Flame = { frames: [], total: 0, levels: 0, leftOut: 0 };
  const totals = subtreeTotals(trace, tree);
  const roots: number[] = [];
  for (let at = 0; at < tree.count; at = tree.end[at]!) roots.push(at);
  // A stack and not recursion: traces are as deep as those who send them like.
  const open: Node[] = grouped(trace, totals, roots, 0, 0);
  flame.total = open.reduce((sum, node) => sum + node.frame.total, 0);
  while (open.length > 0) {
    const { frame, members } = open.pop()!;
    flame.frames.push(frame);
    flame.levels = Math.max(flame.levels, frame.depth + 1);
    const below = members.flatMap((at) => [...childrenOf(tree, at)]);
    if (frame.depth + 1 >= LEVELS_MAX) flame.leftOut += below.length;
    else for (const node of grouped(trace, totals, below, frame.depth + 1, frame.from)) open.push(node);
  }
  return flame;
}

/** Self times of each span and all below it. */
function subtreeTotals(trace: Trace, tree: Tree): Float64Array {
  const totals = Float64Array.from(trace.spans, (span) => span.self_time_ns);
  for (let at = tree.count - 1; at >= 0; at--) {
    const above = tree.parent[at]!;
    if (above >= 0) totals[above]! += totals[at]!;
  }
  return totals;
}

/** The narrowest first, since the stack gives back the last one first; places are given from the widest on. */
function grouped(trace: Trace, totals: Float64Array, spans: readonly number[], depth: number, from: number): Node[] {
  const nodes = new Map<string, Node>();
  for (const at of spans) {
    const span = trace.spans[at]!;
    const key = `${span.service} ${span.name}`;
    let node = nodes.get(key);
    if (!node) {
      const service = trace.services[span.service] ?? '';
      node = { frame: { name: span.name, service, depth, from: 0, total: 0, self: 0, spans: 0, errors: 0, longestSpan: at }, members: [] };
      nodes.set(key, node);
    }
    node.members.push(at);
    node.frame.total += totals[at]!;
    node.frame.self += span.self_time_ns;
    node.frame.spans += 1;
    node.frame.errors += isError(span) ? 1 : 0;
    if (span.duration_ns > trace.spans[node.frame.longestSpan]!.duration_ns) node.frame.longestSpan = at;
  }
  const widest = [...nodes.values()].sort((a, b) => b.frame.total - a.frame.total);
  let next = from;
  for (const { frame } of widest) {
    frame.from = next;
    next += frame.total;
  }
  return widest.reverse();
}
