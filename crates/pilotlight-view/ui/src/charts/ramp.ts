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

/**
 * Which shade a count has: by its logarithm, since one slow request matters beside a thousand quick ones. -1 when there is nothing.
 */
export function shadeOf(count: number, most: number): number {
  if (!(count > 0) || !(most > 0)) return -1;
  if (!Number.isFinite(count)) return shades - 1;
  const share = Math.log1p((count / most) * spread) / Math.log1p(spread);
  return Math.min(shades - 1, Math.max(0, Math.round(share * (shades - 1))));
}

/** A count this many times smaller than the largest still gets a shade of its own near the ramp's beginning. */
const spread = 500;

function at(ramp: readonly Stop[], share: number): string {
  const place = share * (ramp.length - 1);
  const index = Math.min(ramp.length - 2, Math.floor(place));
  const rest = place - index;
  const from = ramp[index]!;
  const to = ramp[index + 1]!;
  const parts = from.map((part, i) => Math.round(part + (to[i]! - part) * rest));
  return '#' + parts.map((part) => part.toString(16).padStart(2, '0')).join('');
}
