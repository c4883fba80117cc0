// The shape of a trace as flat arrays: who is below whom, and how much is hidden when a span is folded.
//
// The API lists spans depth first, so all that is below a span follows it without a gap: a subtree is a stretch of positions, and
// folding one is a jump. 50,000 spans cost a handful of arrays and one pass.

import type { SpanRow } from './types';

export interface Tree {
  /** How many spans. */
  count: number;
  /** How deep each is drawn. */
  depth: Int32Array;
  /** Each one's parent as a position, -1 for none. */
  parent: Int32Array;
  /** The position after the last span below it. */
  end: Int32Array;
  /** How many errors are below it, itself not counted. */
  errorsBelow: Int32Array;
  /** The deepest level. */
  deepest: number;
}

export function treeOf(spans: readonly SpanRow[]): Tree {
  const count = spans.length;
  const tree: Tree = {
    count,
    depth: new Int32Array(count),
    parent: new Int32Array(count).fill(-1),
    end: new Int32Array(count),
    errorsBelow: new Int32Array(count),
    deepest: 0,
  };
  // The spans from a root down to the one before this: each ends where something comes that is not deeper.
  const open: number[] = [];
  spans.forEach((span, at) => {
    closeTo(open, span.depth, at, tree);
    const above = open[open.length - 1];
    tree.parent[at] = above ?? -1;
    tree.depth[at] = open.length;
    tree.deepest = Math.max(tree.deepest, open.length);
    open.push(at);
  });
  closeTo(open, 0, count, tree);
  sumErrors(tree, spans);
  return tree;
}

function closeTo(open: number[], depth: number, at: number, tree: Tree): void {
  while (open.length > Math.max(0, depth)) tree.end[open.pop()!] = at;
}

/** From the last to the first: what is below a span comes after it, so each is complete when its parent takes it. */
function sumErrors(tree: Tree, spans: readonly SpanRow[]): void {
  for (let at = tree.count - 1; at >= 0; at--) {
    const above = tree.parent[at]!;
    if (above < 0) continue;
    tree.errorsBelow[above]! += tree.errorsBelow[at]! + (isError(spans[at]!) ? 1 : 0);
  }
}

export function isError(span: SpanRow): boolean {
  return span.status === 'error';
}

export function hasChildren(tree: Tree, at: number): boolean {
  return tree.end[at]! > at + 1;
}

/** What is directly below a span, in order. */
export function* childrenOf(tree: Tree, at: number): Generator<number> {
  for (let child = at + 1; child < tree.end[at]!; child = tree.end[child]!) yield child;
}
