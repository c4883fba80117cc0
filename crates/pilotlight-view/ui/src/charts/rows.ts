// A heatmap's rows: one for each bucket, equally high, whatever the bounds are. Empty buckets at both ends are not drawn.
import { formatValue } from './units';

export interface Buckets {
  /** Upper bounds of the rows, ascending; the last row has none. */
  bounds: readonly number[];
  /** The first row's lower bound, where it is known. */
  low?: number | null | undefined;
  /** `counts[step * (bounds.length + 1) + row]`. */
  counts: readonly number[];
}

/** The rows from the first to the last that has anything, the last one exclusive; none at all gives all. */
export function usedRows({ bounds, counts }: Buckets): [first: number, end: number] {
  const rows = bounds.length + 1;
  const used = new Array<boolean>(rows).fill(false);
  counts.forEach((count, i) => {
    if (count > 0) used[i % rows] = true;
  });
  const first = used.indexOf(true);
  return first < 0 ? [0, rows] : [first, used.lastIndexOf(true) + 1];
}

/** Where a value is among the rows, with its place inside of its row: 2.5 is in the middle of the third one. */
export function rowOf(value: number, { bounds, low }: Buckets): number {
  let row = bounds.findIndex((bound) => value <= bound);
  if (row < 0) row = bounds.length;
  const upper = bounds[row];
  const lower = row > 0 ? bounds[row - 1] : low;
  if (upper === undefined || lower === undefined || lower === null || !(upper > lower)) return row + 0.5;
  return row + Math.min(1, Math.max(0, (value - lower) / (upper - lower)));
}

/** A row in words: `5 ms to 10 ms`, `over 10 s`. */
export function rowLabel(row: number, { bounds, low }: Buckets, unit: string): string {
  const upper = bounds[row];
  const lower = row > 0 ? bounds[row - 1] : low;
  if (upper === undefined) return lower === undefined || lower === null ? 'all' : `over ${formatValue(lower, unit)}`;
  if (lower === undefined || lower === null) return `up to ${formatValue(upper, unit)}`;
  return `${formatValue(lower, unit)} to ${formatValue(upper, unit)}`;
}

/** What stands beside the lower edge of a row on the axis. */
export function edgeLabel(row: number, { bounds, low }: Buckets, unit: string): string {
  // Above the last bound is everything else.
  if (row > bounds.length) return '∞';
  if (row > 0) return formatValue(bounds[row - 1], unit);
  return low === undefined || low === null ? '' : formatValue(low, unit);
}

/** Edges that get a label: at most so many, evenly among the rows. */
export function labelledEdges(first: number, end: number, most: number): number[] {
  const every = Math.max(1, Math.ceil((end - first + 1) / Math.max(1, most)));
  const edges: number[] = [];
  for (let edge = first; edge <= end; edge += every) edges.push(edge);
  return edges;
}
