// The points that each way passes, from side to side. Ways that share a side of a box are spread over it.
import type { Point } from './graph';
import type { Chain, Item, Layers } from './layers';

/** Ways' ends on one side of a box are at most so far apart. */
const apart = 12;

export interface Route {
  way: number;
  points: Point[];
  label: Point;
}

export function route({ items, chains }: Layers, at: readonly Point[]): Route[] {
  const right = ends(items, chains, at, (chain) => [chain.items[0]!, chain.items[1]!]);
  const left = ends(items, chains, at, (chain) => [chain.items.at(-1)!, chain.items.at(-2)!]);
  return chains.map((chain, i) => {
    const points = [right[i]!, ...chain.items.slice(1, -1).flatMap((item) => through(items[item]!, at[item]!)), left[i]!];
    const label = chain.label === null ? between(right[i]!, left[i]!) : at[chain.label]!;
    return { way: chain.edge.way, points: chain.backwards ? points.reverse() : points, label };
  });
}

function between(one: Point, other: Point): Point {
  return { x: (one.x + other.x) / 2, y: (one.y + other.y) / 2 };
}

/** Straight past a label, and as a point where there is none. */
function through(item: Item, { x, y }: Point): Point[] {
  if (item.width === 0) return [{ x, y }];
  return [{ x: x - item.width / 2, y }, { x: x + item.width / 2, y }];
}

/** Where each chain leaves or enters its box: sorted by where it comes from, so that ends do not cross. */
function ends(
  items: readonly Item[],
  chains: readonly Chain[],
  at: readonly Point[],
  ends: (chain: Chain) => [box: number, next: number],
): Point[] {
  const sides = new Map<number, number[]>();
  chains.forEach((chain, i) => {
    const [box] = ends(chain);
    sides.set(box, [...(sides.get(box) ?? []), i]);
  });
  const points = new Array<Point>(chains.length);
  for (const [box, side] of sides) {
    const next = (chain: number) => at[ends(chains[chain]!)[1]]!;
    const sign = Math.sign(next(side[0]!).x - at[box]!.x);
    const step = Math.min(apart, (items[box]!.height * 0.7) / side.length);
    side.sort((one, other) => next(one).y - next(other).y || one - other);
    side.forEach((chain, i) => {
      points[chain] = {
        x: at[box]!.x + (sign * items[box]!.width) / 2,
        y: at[box]!.y + (i - (side.length - 1) / 2) * step,
      };
    });
  }
  return points;
}
