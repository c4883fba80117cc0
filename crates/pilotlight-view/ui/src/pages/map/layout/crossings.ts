// The order within each column, so that few edges cross: each item goes where its neighbours are on average, column after column,
// to and fro, and the best order that was seen is kept.
import type { Layers } from './layers';

/** Each pass looks at every item once. More than a few of them hardly ever find anything better, and a page must not stand still. */
const passes = (items: number) => Math.min(12, Math.max(2, Math.floor(40_000 / items)));

/** Orders the columns of these layers. */
export function untangle(layers: Layers): void {
  let best = layers.columns.map((column) => [...column]);
  let fewest = crossings(layers);
  for (let pass = 0; pass < passes(layers.items.length) && fewest > 0; pass++) {
    sweep(layers, pass % 2 === 0);
    const found = crossings(layers);
    if (found >= fewest) continue;
    fewest = found;
    best = layers.columns.map((column) => [...column]);
  }
  layers.columns = best;
}

function sweep({ items, columns }: Layers, rightwards: boolean): void {
  const place = places(columns, items.length);
  const order = rightwards ? columns : [...columns].reverse();
  for (const column of order) {
    const wish = new Map<number, number>();
    for (const item of column) {
      const { before, behind } = items[item]!;
      const neighbours = rightwards ? before : behind;
      wish.set(item, neighbours.length === 0 ? place[item]! : mean(neighbours.map((neighbour) => place[neighbour]!)));
    }
    // Sorting is stable: those that wish for the same place stay as they are.
    column.sort((one, other) => wish.get(one)! - wish.get(other)!);
    column.forEach((item, position) => (place[item] = (position + 0.5) / column.length));
  }
}

/** Where each item is in its column, 0 at the top to 1 at the bottom: columns are not equally long. */
function places(columns: readonly number[][], count: number): number[] {
  const place = new Array<number>(count).fill(0);
  for (const column of columns) column.forEach((item, position) => (place[item] = (position + 0.5) / column.length));
  return place;
}

/** How many pairs of edges cross. */
export function crossings({ items, columns }: Layers): number {
  let sum = 0;
  const position = new Array<number>(items.length).fill(0);
  for (const column of columns) column.forEach((item, at) => (position[item] = at));
  for (const column of columns) {
    const ends: number[] = [];
    for (const item of column) {
      ends.push(...items[item]!.behind.map((behind) => position[behind]!).sort((one, other) => one - other));
    }
    sum += inversions(ends);
  }
  return sum;
}

/** How many pairs stand in the wrong order, with a Fenwick tree: there can be many edges. */
function inversions(values: readonly number[]): number {
  const size = values.reduce((most, value) => Math.max(most, value), 0) + 1;
  const tree = new Array<number>(size + 1).fill(0);
  let sum = 0;
  values.forEach((value, seen) => {
    let atMost = 0;
    for (let i = value + 1; i > 0; i -= i & -i) atMost += tree[i]!;
    sum += seen - atMost;
    for (let i = value + 1; i <= size; i += i & -i) tree[i]!++;
  });
  return sum;
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
