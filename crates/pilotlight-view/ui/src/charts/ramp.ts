// The heatmap's colours: a ramp whose lightness only goes one way, so that it is read the same without seeing hues.
import type { Theme } from './colours';

type Stop = readonly [number, number, number];

/** From few to many: away from the page's background in either theme, through hues that colour-blind eyes tell apart. */
const stops: Readonly<Record<Theme, readonly Stop[]>> = {
  light: [
    [218, 232, 245],
    [158, 202, 225],
    [74, 152, 201],
    [33, 102, 172],
    [49, 54, 149],
    [28, 14, 72],
  ],
  dark: [
    [36, 52, 86],
    [44, 86, 136],
    [42, 128, 150],
    [66, 170, 140],
    [158, 208, 98],
    [253, 240, 120],
  ],
};

/** How many different colours are drawn. */
export const shades = 64;

/** The ramp's colours in the order of few to many, `#rrggbb`. */
export function ramp(theme: Theme): string[] {
  const colours: string[] = [];
  for (let shade = 0; shade < shades; shade++) colours.push(at(stops[theme], shade / (shades - 1)));
  return colours;
}

/** How far the counts of a heatmap reach. */
export interface Reach {
  readonly least: number;
  readonly most: number;
}

/** The smallest and largest count that is not nothing. What is rarer than one in so many of the largest looks like the rarest. */
export function reachOf(counts: readonly number[]): Reach {
  let least = Infinity;
  let most = 0;
  for (const count of counts) {
    if (!(count > 0) || !Number.isFinite(count)) continue;
    least = Math.min(least, count);
    most = Math.max(most, count);
  }
  return { least: Math.max(least, most / 1000), most };
}

/**
 * Which shade a count has: by its logarithm, since one slow request matters beside a thousand quick ones. -1 when there is nothing.
 */
export function shadeOf(count: number, { least, most }: Reach): number {
  if (!(count > 0) || !(most > 0)) return -1;
  if (count >= most) return shades - 1;
  // Not the very first shades: the rarest has to be seen as well.
  const share = 0.08 + 0.92 * Math.max(0, Math.log(count / least) / Math.log(most / least));
  return Math.min(shades - 1, Math.round(share * (shades - 1)));
}

function at(ramp: readonly Stop[], share: number): string {
  const place = share * (ramp.length - 1);
  const index = Math.min(ramp.length - 2, Math.floor(place));
  const rest = place - index;
  const from = ramp[index]!;
  const to = ramp[index + 1]!;
  const parts = from.map((part, i) => Math.round(part + (to[i]! - part) * rest));
  return '#' + parts.map((part) => part.toString(16).padStart(2, '0')).join('');
}
