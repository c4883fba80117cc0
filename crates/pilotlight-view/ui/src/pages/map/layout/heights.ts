// How high each item stands: as near as possible to its neighbours' mean height, in its column's order, with room in between.
import { mean } from './crossings';
import type { Item, Layers } from './layers';

/** Room between two items of a column. */
const gap = 24;
const passes = 10;

/** Each item's height. */
export function heights({ items, columns }: Layers): number[] {
  const y = new Array<number>(items.length).fill(0);
  for (const column of columns) settle(column, items, new Array<number>(column.length).fill(0), y);
  for (let pass = 0; pass < passes; pass++) {
    const order = pass % 2 === 0 ? columns : [...columns].reverse();
    for (const column of order) settle(column, items, column.map((item) => wish(items[item]!, y, y[item]!)), y);
  }
  return y;
}

function wish({ before, behind }: Item, y: readonly number[], own: number): number {
  const heights = [...before, ...behind].map((item) => y[item]!);
  return heights.length === 0 ? own : mean(heights);
}

/**
 * Gives the items of a column the heights nearest to their wishes (least squares) that keep order and room.
 *
 * Without the room between them it would be enough that heights never go down along the column, so it is taken out first and put
 * back at the end. Of such heights the nearest are found by pooling: whenever an item wishes to be above the one before it, both
 * take the mean of their wishes, together with all that were pooled before.
 */
function settle(column: readonly number[], items: readonly Item[], wishes: readonly number[], y: number[]): void {
  const room: number[] = [];
  let used = 0;
  column.forEach((item, i) => {
    if (i > 0) used += (items[column[i - 1]!]!.height + items[item]!.height) / 2 + gap;
    room.push(used);
  });
  const pools: { sum: number; count: number }[] = [];
  wishes.forEach((wish, i) => {
    let pool = { sum: wish - room[i]!, count: 1 };
    for (let last = pools.at(-1); last && last.sum / last.count > pool.sum / pool.count; last = pools.at(-1)) {
      pools.pop();
      pool = { sum: pool.sum + last.sum, count: pool.count + last.count };
    }
    pools.push(pool);
  });
  let i = 0;
  for (const { sum, count } of pools) {
    for (const end = i + count; i < end; i++) y[column[i]!] = sum / count + room[i]!;
  }
}
