// Everything the trace page's parts look at and can do, derived from the trace and the address.

import { useCallback, useMemo, useState } from 'preact/hooks';
import { changeQuery, type How } from '../../state/url';
import { findSpans } from './find';
import { type Folds, foldAt, foldedSpans, toggle } from './folds';
import { errorsAndAncestors, type Layout, layoutOf } from './layout';
import { isError, type Tree, treeOf } from './tree';
import type { Trace } from './types';
import { useRange } from './use-range';
import { queryOf, type View } from './view';
import { type Range, whole } from './zoom';

export interface Shown {
  trace: Trace;
  tree: Tree;
  layout: Layout;
  view: View;
  /** Positions of spans with errors, rising. */
  errors: readonly number[];
  /** Positions of the spans that were looked for, rising. */
  found: readonly number[];
  /** The positions of the selected span and of the new root, -1 for none. */
  selected: number;
  root: number;
  /** The part of time that is shown, and all there is to show. */
  range: Range;
  all: Range;
  setRange: (range: Range) => void;
  change: (view: Partial<View>, how?: How) => void;
  /** Selects a span and makes sure that it has a row. */
  goTo: (span: number, how?: How) => void;
  /** Folds a span, or unfolds it. */
  fold: (span: number) => void;
  /** Folds everything at this depth and deeper; null unfolds all. */
  foldTo: (depth: number | null) => void;
}

export function useShown(trace: Trace, view: View): Shown {
  const tree = useMemo(() => treeOf(trace.spans), [trace]);
  const at = usePositions(trace);
  const [toggled, setToggled] = useState<ReadonlySet<string>>(new Set());
  const root = at(view.root);
  const selected = at(view.span);
  const errors = useMemo(() => positionsOf(trace, isError), [trace]);
  const found = useMemo(() => findSpans(trace, view.find), [trace, view.find]);
  const layout = useMemo(() => {
    const folded = foldedSpans(tree, trace.spans, { depth: view.depth, toggled });
    const kept = view.onlyErrors ? errorsAndAncestors(tree, trace.spans) : null;
    return layoutOf(trace, tree, { folded, root, kept });
  }, [trace, tree, view.depth, toggled, root, view.onlyErrors]);
  const all = useMemo(() => extent(trace, tree, root), [trace, tree, root]);
  const [range, setRange] = useRange(view.range, all);
  const change = useCallback((to: Partial<View>, how?: How) => changeQuery(queryOf(to), how), []);

  const idOf = (span: number) => trace.spans[span]?.span_id ?? '';
  const set = (folds: Folds) => {
    setToggled(folds.toggled);
    if (folds.depth !== view.depth) change({ depth: folds.depth });
  };
  const goTo = (span: number, how: How = 'push') => {
    const to: Partial<View> = { span: idOf(span) };
    if (layout.rowOf[span]! < 0) Object.assign(to, { root: '', onlyErrors: false });
    const hiding = foldedAbove(tree, layout.folded, span);
    if (hiding.length > 0) setToggled(toggle({ depth: view.depth, toggled }, hiding.map(idOf)).toggled);
    change(to, how);
  };
  const fold = (span: number) => {
    set(toggle({ depth: view.depth, toggled }, [idOf(span)]));
    // What is selected stays in sight: the span that now stands for it.
    if (selected > span && selected < tree.end[span]!) change({ span: idOf(span) }, 'replace');
  };
  const foldTo = (depth: number | null) => set(foldAt(depth));
  return { trace, tree, layout, view, errors, found, selected, root, range, all, setRange, change, goTo, fold, foldTo };
}

/** Finds a span by its id; of two with the same id the first. -1 when there is none. */
function usePositions(trace: Trace): (id: string) => number {
  const positions = useMemo(() => {
    const known = new Map<string, number>();
    trace.spans.forEach((span, at) => known.has(span.span_id) || known.set(span.span_id, at));
    return known;
  }, [trace]);
  return (id) => positions.get(id) ?? -1;
}

function positionsOf(trace: Trace, wanted: (span: Trace['spans'][number]) => boolean): number[] {
  return trace.spans.flatMap((span, at) => (wanted(span) ? [at] : []));
}

function foldedAbove(tree: Tree, folded: Uint8Array, span: number): number[] {
  const above: number[] = [];
  for (let at = tree.parent[span] ?? -1; at >= 0; at = tree.parent[at]!) if (folded[at]) above.push(at);
  return above;
}

/** From the earliest start to the latest end of what is shown. */
function extent(trace: Trace, tree: Tree, root: number): Range {
  if (root < 0) return whole(trace.duration_ns);
  let from = Infinity;
  let to = -Infinity;
  for (let at = root; at < tree.end[root]!; at++) {
    const span = trace.spans[at]!;
    from = Math.min(from, span.start_offset_ns);
    to = Math.max(to, span.start_offset_ns + span.duration_ns);
  }
  return { from, to: from + whole(to - from).to };
}
