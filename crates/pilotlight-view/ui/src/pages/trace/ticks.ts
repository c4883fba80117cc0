// Round moments for a time axis.

export interface Tick {
  /** Nanoseconds after the trace. */
  at: number;
  label: string;
}

const SECOND = 1e9;
const UNITS: readonly [string, number][] = [
  ['d', 86_400 * SECOND],
  ['h', 3_600 * SECOND],
  ['min', 60 * SECOND],
  ['s', SECOND],
  ['ms', 1e6],
  ['µs', 1e3],
  ['ns', 1],
];
/** Steps above a minute that people count in. */
const LONG_STEPS = [60, 120, 300, 600, 1800, 3600, 7200, 21_600, 43_200, 86_400].map((s) => s * SECOND);

/** At most `most` ticks between two moments, at round distances. */
export function ticks(from: number, to: number, most: number): Tick[] {
  const step = roundStep((to - from) / Math.max(1, most));
  const found: Tick[] = [];
  const first = Math.ceil(from / step);
  for (let n = first; n * step <= to && found.length <= most; n++) {
    found.push({ at: n * step, label: tickLabel(n * step, step) });
  }
  return found;
}

/** The next round step that is not smaller. */
export function roundStep(least: number): number {
  if (!(least > 1)) return 1;
  if (least > 30 * SECOND) {
    const long = LONG_STEPS.find((step) => step >= least);
    if (long) return long;
    return roundDecimal(least / (86_400 * SECOND)) * 86_400 * SECOND;
  }
  return roundDecimal(least);
}

function roundDecimal(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least));
  const factor = [1, 2, 5, 10].find((f) => f * power >= least * (1 - 1e-9)) ?? 10;
  return factor * power;
}

/** In the largest unit that the step's moments are at least one of, with as many digits as tell neighbours apart. */
function tickLabel(at: number, step: number): string {
  if (at === 0) return '0';
  const [name, size] = UNITS.find(([, unit]) => Math.abs(at) >= unit) ?? UNITS[UNITS.length - 1]!;
  const digits = Math.max(0, Math.ceil(-Math.log10(step / size) - 1e-9));
  return `${trimZeros((at / size).toFixed(Math.min(9, digits)))} ${name}`;
}

function trimZeros(text: string): string {
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
}
