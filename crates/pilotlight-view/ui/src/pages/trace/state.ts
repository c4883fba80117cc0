// Everything the trace page's parts look at and can do, derived from the trace and the address.

import { useCallback, useEffect, useMemo, useState } from 'preact/hooks';
import { changeQuery, type How } from '../../state/url';
import { foldAt, foldedSpans, toggle } from './folds';
import { errorsAndAncestors, type Layout, layoutOf } from './layout';
import { namesOf } from './span-names';
import { isError, type Tree, treeOf } from './tree';
import type { Trace } from './types';
import { useFound } from './use-found';
import { useRange } from './use-range';
import { useSettling } from './use-settling';
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
  /** Why the viewer could not look for it by attributes. */
  unread: string | undefined;
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
  deselect: () => void;
  /** Folds a span, or unfolds it. */
  fold: (span: number) => void;
  /** Folds everything at this depth and deeper; null unfolds all. */
  foldTo: (depth: number | null) => void;
  /** Shows a span and what is below it alone; -1 for the whole trace. */
  rootAt: (span: number) => void;
}

export function useShown(trace: Trace, view: View): Shown {
  const tree = useMemo(() => treeOf(trace.spans), [trace]);
  const names = useMemo(() => namesOf(trace.spans), [trace]);
  const [name, select] = useSettling('span', view.span, asIs, asIs);
  const [toggled, setToggled] = useState<ReadonlySet<string>>(new Set());
  const root = names.at(view.root);
  const selected = names.at(name);
  const errors = useMemo(() => positionsOf(trace, isError), [trace]);
  const { spans: found, unread } = useFound(trace, names, view.find);
  const layout = useMemo(() => {
    const folded = foldedSpans(tree, trace.spans, { depth: view.depth, toggled });
    const kept = view.onlyErrors ? errorsAndAncestors(tree, trace.spans) : null;
    return layoutOf(trace, tree, { folded, root, kept });
  }, [trace, tree, view.depth, toggled, root, view.onlyErrors]);
  const all = useMemo(() => extent(trace, tree, root), [trace, tree, root]);
  const [range, setRange] = useRange(view.range, all);
  const change = useCallback((to: Partial<View>, how?: How) => changeQuery(queryOf(to), how), []);

  const toggleFolds = (spans: readonly number[]) =>
    setToggled(toggle({ depth: view.depth, toggled }, spans.map((at) => trace.spans[at]!.span_id)).toggled);
  const reveal = (span: number) => {
    const hiding = foldedAbove(tree, layout.folded, span);
    if (hiding.length > 0) toggleFolds(hiding);
  };
  // A link or the back button can lead to a span that is folded away.
  useEffect(() => reveal(selected), [view.span]);
  const goTo = (span: number, how: How = 'push') => {
    reveal(span);
    if (layout.rowOf[span]! < 0) change({ root: '', onlyErrors: false, span: names.of(span) }, how);
    else select(names.of(span), how);
  };
  const fold = (span: number) => {
    toggleFolds([span]);
    // What is selected stays in sight: the span that now stands for it.
    if (selected > span && selected < tree.end[span]!) select(names.of(span), 'replace');
  };
  const foldTo = (depth: number | null) => {
    setToggled(foldAt(depth).toggled);
    change({ depth });
    const stands = depth === null || selected < 0 ? selected : ancestorAt(tree, selected, depth);
    if (stands !== selected) select(names.of(stands), 'replace');
  };
  const rootAt = (span: number) => change({ root: names.of(span), range: '' });
  const deselect = () => select('', 'replace');
  return { trace, tree, layout, view, errors, found, unread, selected, root, range, all, setRange, change, goTo, deselect, fold, foldTo, rootAt };
}

const asIs = (text: string): string => text;

/** The span itself, or the one above it that is no deeper than this. */
function ancestorAt(tree: Tree, span: number, depth: number): number {
  let at = span;
  while (at >= 0 && tree.depth[at]! > depth) at = tree.parent[at]!;
  return at;
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
  if (root < 0) return whole(0, trace.duration_ns);
  let from = Infinity;
  let to = -Infinity;
  for (let at = root; at < tree.end[root]!; at++) {
    const span = trace.spans[at]!;
    from = Math.min(from, span.start_offset_ns);
    to = Math.max(to, span.start_offset_ns + span.duration_ns);
  }
  return whole(from, to);
}
