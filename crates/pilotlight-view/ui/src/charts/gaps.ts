// Points that come less often than there are steps would be drawn as single dots. Joining everything would draw lines where a process
// was down. So points are joined when they are about as far apart as this line's points usually are.

/** The values with `undefined` (joined) instead of `null` (a gap) where a line goes on. */
export function joined(values: readonly (number | null)[]): (number | null | undefined)[] {
  const present: number[] = [];
  values.forEach((value, step) => {
    if (value !== null) present.push(step);
  });
  const distances = present.slice(1).map((step, i) => step - present[i]!);
  // Late points, and steps that do not divide the interval, make some distances longer.
  const usual = 2.5 * median(distances);
  const drawn: (number | null | undefined)[] = [...values];
  distances.forEach((distance, i) => {
    if (distance > usual) return;
    for (let step = present[i]! + 1; step < present[i + 1]!; step++) drawn[step] = undefined;
  });
  return drawn;
}

/** A line's value at a step: that of the nearest point where the step itself has none but the line goes through it. */
export function valueAt(values: readonly (number | null)[], step: number): number | null {
  if (values[step] !== null || joined(values)[step] === null) return values[step] ?? null;
  for (let far = 1; far < values.length; far++) {
    const near = values[step - far] ?? values[step + far] ?? null;
    if (near !== null) return near;
  }
  return null;
}

/** Where a point stands between gaps: no line goes through it, so it has to be drawn as a dot. */
export function alone(drawn: readonly (number | null | undefined)[]): number[] {
  const isGap = (step: number) => drawn[step] === null || step < 0 || step >= drawn.length;
  const points: number[] = [];
  drawn.forEach((value, step) => {
    if (typeof value === 'number' && isGap(step - 1) && isGap(step + 1)) points.push(step);
  });
  return points;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? 0;
}
