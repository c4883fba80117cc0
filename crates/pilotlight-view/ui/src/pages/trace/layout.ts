// Which rows a waterfall has, and what is drawn on each of them. Computed once for each fold, filter or new root; scrolling and zooming
// only read it.

import type { Tree } from './tree';
import { isError } from './tree';
import type { CriticalStretch, SpanRow, Trace, TraceLog } from './types';

export interface Layout {
  /** The span of each row. */
  rows: Int32Array;
  /** The row of each span, or of the folded one that hides it; -1 when it is not shown at all. */
  rowOf: Int32Array;
  /** 1 for each span that is folded. */
  folded: Uint8Array;
  /** Stretches of the critical path by row. */
  critical: Marks;
  /** Log records by row, as positions in the trace's logs. */
  logs: Marks;
}

/** Things on rows: those of row `r` are at `first[r]` up to `first[r + 1]`. */
export interface Marks {
  first: Int32Array;
  /** Nanoseconds after the trace. */
  from: Float64Array;
  /** Nanoseconds after the trace. */
  to: Float64Array;
  /** What it is, as a position in the list that it came from. */
  item: Int32Array;
}

export interface Choice {
  folded: Uint8Array;
  /** Only this span and what is below it; -1 for all. */
  root: number;
  /** Only spans with 1 here; null for all. */
  kept: Uint8Array | null;
}

export function layoutOf(trace: Trace, tree: Tree, choice: Choice): Layout {
  const { rows, rowOf } = visibleRows(tree, choice);
  return {
    rows,
    rowOf,
    folded: choice.folded,
    critical: criticalByRow(trace.critical_path, rowOf, rows.length),
    logs: logsByRow(trace.logs, rowOf, rows.length),
  };
}

function visibleRows(tree: Tree, choice: Choice): { rows: Int32Array; rowOf: Int32Array } {
  const first = Math.max(0, choice.root);
  const last = choice.root >= 0 ? tree.end[choice.root]! : tree.count;
  const rows: number[] = [];
  const rowOf = new Int32Array(tree.count).fill(-1);
  let at = first;
  while (at < last) {
    const next = choice.folded[at] ? tree.end[at]! : at + 1;
    if (!choice.kept || choice.kept[at]) {
      rowOf.fill(rows.length, at, next);
      rows.push(at);
    }
    at = next;
  }
  return { rows: Int32Array.from(rows), rowOf };
}

/** Errors and what leads to them. */
export function errorsAndAncestors(tree: Tree, spans: readonly SpanRow[]): Uint8Array {
  const kept = new Uint8Array(tree.count);
  for (let at = 0; at < tree.count; at++) {
    kept[at] = isError(spans[at]!) || tree.errorsBelow[at]! > 0 ? 1 : 0;
  }
  return kept;
}

/** Stretches that touch on the same row become one, so that a folded root has one line and not 50,000. */
function criticalByRow(path: readonly CriticalStretch[], rowOf: Int32Array, rows: number): Marks {
  const joined: Mark[] = [];
  path.forEach((stretch, item) => {
    const row = rowOf[stretch.span] ?? -1;
    if (row < 0) return;
    const from = stretch.start_offset_ns;
    const to = from + stretch.duration_ns;
    const last = joined[joined.length - 1];
    if (last && last.row === row && from <= last.to) last.to = Math.max(last.to, to);
    else joined.push({ row, from, to, item });
  });
  return byRow(joined, rows);
}

function logsByRow(logs: readonly TraceLog[], rowOf: Int32Array, rows: number): Marks {
  const marks: Mark[] = [];
  logs.forEach((log, item) => {
    const row = log.span == null ? -1 : (rowOf[log.span] ?? -1);
    if (row >= 0) marks.push({ row, from: log.offset_ns, to: log.offset_ns, item });
  });
  return byRow(marks, rows);
}

interface Mark {
  row: number;
  from: number;
  to: number;
  item: number;
}

/** Sorts by row by counting, and leaves the order within a row as it was. */
function byRow(marks: readonly Mark[], rows: number): Marks {
  const first = new Int32Array(rows + 1);
  for (const mark of marks) first[mark.row + 1]!++;
  for (let row = 0; row < rows; row++) first[row + 1]! += first[row]!;
  const free = first.slice();
  const sorted: Marks = {
    first,
    from: new Float64Array(marks.length),
    to: new Float64Array(marks.length),
    item: new Int32Array(marks.length),
  };
  for (const mark of marks) {
    const place = free[mark.row]!++;
    sorted.from[place] = mark.from;
    sorted.to[place] = mark.to;
    sorted.item[place] = mark.item;
  }
  return sorted;
}
