// Which column each box stands in: callers left of what they call. Every second column is kept for the labels of edges.
import type { Edge } from './graph';

/** Something that has a place in a column: a box, or a stretch of an edge that passes the column. */
export interface Item {
  /** The box, as its position; none for a stretch. */
  box: number | null;
  layer: number;
  width: number;
  height: number;
  /** Items of the column before that are joined to it. */
  before: number[];
  /** Items of the column behind. */
  behind: number[];
}

/** An edge as the items it passes, from the left to the right. */
export interface Chain {
  edge: Edge;
  items: number[];
  /** The edge goes from the right to the left: it closes a cycle. */
  backwards: boolean;
  /** The item that has room for its label; none for an edge that goes straight over everything. */
  label: number | null;
}

export interface Layers {
  /** One for each box first, then the stretches. */
  items: Item[];
  chains: Chain[];
  /** Each column's items, top to bottom. */
  columns: number[][];
}

/**
 * All edges together pass so many columns at most; the longest ones go straight over everything instead, so that a tangle of hundreds
 * of long edges is still laid out in a blink.
 */
const stretchesMax = 10_000;

/** Columns of boxes in an order that {@link sequence} gives. */
export function layers(boxes: readonly { width: number; height: number }[], edges: readonly Edge[], order: readonly number[]): Layers {
  const place = new Array<number>(boxes.length);
  order.forEach((box, position) => (place[box] = position));
  const forward = edges.map((edge) => {
    const backwards = place[edge.from]! > place[edge.to]!;
    return backwards ? { edge, backwards, left: edge.to, right: edge.from } : { edge, backwards, left: edge.from, right: edge.to };
  });
  const layer = depths(boxes.length, forward, order);
  const items: Item[] = boxes.map(({ width, height }, box) => ({ box, layer: layer[box]!, width, height, before: [], behind: [] }));
  const straight = tooLong(forward, layer);
  const chains = forward.map((one) => (straight.has(one) ? direct(one) : chain(items, one)));
  return { items, chains, columns: columns(items, order) };
}

interface Forward {
  edge: Edge;
  backwards: boolean;
  left: number;
  right: number;
}

/** Twice the longest way from a beginning; beginnings stand beside what they call first. */
function depths(count: number, edges: readonly Pick<Forward, 'left' | 'right'>[], order: readonly number[]): number[] {
  const behind = Array.from({ length: count }, () => [] as number[]);
  const called = new Array<boolean>(count).fill(false);
  for (const { left, right } of edges) {
    behind[left]!.push(right);
    called[right] = true;
  }
  const layer = new Array<number>(count).fill(0);
  for (const box of order) {
    for (const next of behind[box]!) layer[next] = Math.max(layer[next]!, layer[box]! + 2);
  }
  for (const box of order) {
    if (called[box] || behind[box]!.length === 0) continue;
    layer[box] = behind[box]!.reduce((least, next) => Math.min(least, layer[next]!), Infinity) - 2;
  }
  return layer;
}

/** The longest edges, beyond what all together may pass. */
function tooLong(edges: readonly Forward[], layer: readonly number[]): ReadonlySet<Forward> {
  const length = ({ left, right }: Forward) => layer[right]! - layer[left]! - 1;
  let sum = 0;
  const long = [...edges].sort((one, other) => length(one) - length(other)).filter((edge) => (sum += length(edge)) > stretchesMax);
  return new Set(long);
}

function direct({ edge, backwards, left, right }: Forward): Chain {
  return { edge, backwards, items: [left, right], label: null };
}

function chain(items: Item[], { edge, backwards, left, right }: Forward): Chain {
  const from = items[left]!.layer;
  const to = items[right]!.layer;
  // The middle, in a column for labels: those have odd numbers.
  const middle = from + 1 + 2 * Math.floor((to - from - 2) / 4);
  const passed = [left];
  let label = left;
  for (let layer = from + 1; layer < to; layer++) {
    const labelled = layer === middle;
    if (labelled) label = items.length;
    passed.push(items.length);
    const size = labelled ? { width: edge.labelWidth, height: edge.labelHeight } : { width: 0, height: 4 };
    items.push({ box: null, layer, ...size, before: [], behind: [] });
  }
  passed.push(right);
  for (let i = 1; i < passed.length; i++) {
    items[passed[i - 1]!]!.behind.push(passed[i]!);
    items[passed[i]!]!.before.push(passed[i - 1]!);
  }
  return { edge, items: passed, backwards, label };
}

function columns(items: readonly Item[], order: readonly number[]): number[][] {
  const columns: number[][] = [];
  const add = (item: number) => (columns[items[item]!.layer] ??= []).push(item);
  order.forEach(add);
  for (let item = order.length; item < items.length; item++) add(item);
  return Array.from(columns, (column) => column ?? []);
}
