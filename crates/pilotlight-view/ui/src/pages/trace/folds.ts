// Which spans are folded: all below a depth, except those that were opened or closed by hand.

import { hasChildren, type Tree } from './tree';
import type { SpanRow } from './types';

export interface Folds {
  /** Spans at this depth and deeper are folded; null for none. */
  depth: number | null;
  /** Span ids that are the other way round than the depth says. They outlive a reload of the trace, positions do not. */
  toggled: ReadonlySet<string>;
}

export const UNFOLDED: Folds = { depth: null, toggled: new Set() };

/** 1 for each span that is folded. What has nothing below it never is. */
export function foldedSpans(tree: Tree, spans: readonly SpanRow[], folds: Folds): Uint8Array {
  const folded = new Uint8Array(tree.count);
  for (let at = 0; at < tree.count; at++) {
    if (!hasChildren(tree, at)) continue;
    const byDepth = folds.depth !== null && tree.depth[at]! >= folds.depth;
    folded[at] = byDepth !== folds.toggled.has(spans[at]!.span_id) ? 1 : 0;
  }
  return folded;
}

export function toggle(folds: Folds, ids: readonly string[]): Folds {
  const toggled = new Set(folds.toggled);
  for (const id of ids) if (!toggled.delete(id)) toggled.add(id);
  return { depth: folds.depth, toggled };
}

/** Forgets what was done by hand: one depth for all. */
export function foldAt(depth: number | null): Folds {
  return { depth, toggled: new Set() };
}
