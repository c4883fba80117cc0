// Walking over the map with the arrow keys: from a node to an edge's label to a node, whatever is next in that direction.

export interface Stop {
  key: string;
  x: number;
  y: number;
}

const directions: Readonly<Record<string, readonly [x: number, y: number]>> = {
  ArrowRight: [1, 0],
  ArrowLeft: [-1, 0],
  ArrowDown: [0, 1],
  ArrowUp: [0, -1],
};

/** Where a key leads from a stop; the first one from nowhere, none when the key means nothing or nothing is there. */
export function next(stops: readonly Stop[], from: string | null, key: string): Stop | null {
  if (key === 'Home') return stops[0] ?? null;
  if (key === 'End') return stops.at(-1) ?? null;
  if (!Object.hasOwn(directions, key)) return null;
  const here = stops.find((stop) => stop.key === from);
  if (!here) return stops[0] ?? null;
  const [x, y] = directions[key]!;
  let best: Stop | null = null;
  let nearest = Infinity;
  for (const stop of stops) {
    const along = (stop.x - here.x) * x + (stop.y - here.y) * y;
    // Below a pixel it is beside, not ahead.
    if (along < 1) continue;
    const aside = Math.abs((stop.x - here.x) * y) + Math.abs((stop.y - here.y) * x);
    const distance = along + 2 * aside;
    if (distance >= nearest) continue;
    nearest = distance;
    best = stop;
  }
  return best;
}
