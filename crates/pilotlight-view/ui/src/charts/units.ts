// What a number with a unit of UCUM looks like: on an axis, in a legend, in a table, read aloud.

interface Scale {
  /** How many of the base unit one of it is. */
  factor: number;
  suffix: string;
}

interface Family {
  /** Ascending. */
  scales: readonly Scale[];
  /** Steps that an axis can take, in the base unit; any when absent. */
  steps?: number[];
}

const plain: readonly Scale[] = [
  { factor: 1, suffix: '' },
  { factor: 1e3, suffix: ' k' },
  { factor: 1e6, suffix: ' M' },
  { factor: 1e9, suffix: ' G' },
  { factor: 1e12, suffix: ' T' },
];

const time: Family = {
  scales: [
    { factor: 1e-9, suffix: ' ns' },
    { factor: 1e-6, suffix: ' µs' },
    { factor: 1e-3, suffix: ' ms' },
    { factor: 1, suffix: ' s' },
    { factor: 60, suffix: ' min' },
    { factor: 3600, suffix: ' h' },
    { factor: 86400, suffix: ' d' },
  ],
  steps: timeSteps(),
};

const bytes: Family = {
  scales: [
    { factor: 1, suffix: ' B' },
    { factor: 2 ** 10, suffix: ' KiB' },
    { factor: 2 ** 20, suffix: ' MiB' },
    { factor: 2 ** 30, suffix: ' GiB' },
    { factor: 2 ** 40, suffix: ' TiB' },
  ],
  steps: Array.from({ length: 60 }, (_, power) => 2 ** power),
};

/** How many of the family's base unit one of a unit is. */
const known: Readonly<Record<string, readonly [Family, number]>> = {
  ns: [time, 1e-9],
  us: [time, 1e-6],
  ms: [time, 1e-3],
  s: [time, 1],
  min: [time, 60],
  h: [time, 3600],
  d: [time, 86400],
  By: [bytes, 1],
  kBy: [bytes, 1e3],
  MBy: [bytes, 1e6],
  GBy: [bytes, 1e9],
  KiBy: [bytes, 2 ** 10],
  MiBy: [bytes, 2 ** 20],
  GiBy: [bytes, 2 ** 30],
};

interface Unit {
  /** What its numbers are scaled by: none for numbers that are counted. */
  family: readonly [Family, number] | null;
  /** What stands behind the scaled number. */
  suffix: string;
  /** The same on an axis, where words would be repeated: they are its title. */
  short: string;
}

/** A number with its unit: `12.3 ms`, `4 KiB/s`, `7 request`, `99.5 %`. */
export function formatValue(value: number | null | undefined, unit: string): string {
  if (value === null || value === undefined) return '–';
  if (!Number.isFinite(value)) return strange(value);
  const { family, suffix } = read(unit);
  if (!family) return scaled(value, plain) + suffix;
  return scaled(value * family[1], family[0].scales) + suffix;
}

/** An axis's labels: all in one scale, with as many digits as tell them apart. */
export function axisLabels(splits: readonly number[], unit: string): string[] {
  const { family, short } = read(unit);
  const [scales, factor] = family ? [family[0].scales, family[1]] : [plain, 1];
  const most = splits.reduce((max, split) => Math.max(max, Math.abs(split * factor)), 0);
  const scale = fitting(most, scales);
  const step = splits.length > 1 ? Math.abs(splits[1]! - splits[0]!) : Math.abs(splits[0] ?? 1);
  const digits = digitsFor((step * factor) / scale.factor);
  if (most >= 1e18) return splits.map((split) => formatValue(split, unit));
  return splits.map((split) => {
    const text = ((split * factor) / scale.factor).toFixed(digits);
    return Number(text) === 0 ? '0' : text + scale.suffix + short;
  });
}

/** Steps that an axis of this unit can take, ascending; none when any round number will do. */
export function axisSteps(unit: string): number[] | undefined {
  const { family } = read(unit);
  return family?.[0].steps?.map((step) => step / family[1]);
}

/** The unit of how much comes in a second. */
export function aSecond(unit: string): string {
  return unit === '' || unit === '1' ? '/s' : `${unit}/s`;
}

/** What an axis is titled with where its labels do not tell the unit: `request`, `Cel`. */
export function axisTitle(unit: string): string {
  const { suffix, short } = read(unit);
  return suffix === short ? '' : suffix.trim();
}

/** A number as such, three digits long: `1.23 M`, `0.00123`, `12`. */
export function formatNumber(value: number): string {
  return Number.isFinite(value) ? scaled(value, plain) : strange(value);
}

function read(unit: string): Unit {
  const slash = unit.indexOf('/');
  const top = slash < 0 ? unit : unit.slice(0, slash);
  const below = slash < 0 ? '' : `/${word(unit.slice(slash + 1))}`;
  const family = Object.hasOwn(known, top) ? known[top]! : null;
  if (family) return { family, suffix: below, short: below };
  if (top === '' || top === '1') return { family: null, suffix: below, short: below };
  if (top === '%') return { family: null, suffix: ` %${below}`, short: ` %${below}` };
  return { family: null, suffix: ` ${word(top)}${below}`, short: '' };
}

/** A unit as a word: annotations without their braces, and not longer than an axis. */
function word(unit: string): string {
  return unit.slice(0, 24).replace(/[{}]/g, '');
}

function scaled(value: number, scales: readonly Scale[]): string {
  if (value === 0) return '0';
  // Beyond all scales there are only powers of ten.
  if (Math.abs(value) >= 1e18) return value.toExponential(2).replace('+', '') + unscaled(scales);
  const scale = fitting(Math.abs(value), scales);
  const text = threeDigits(value / scale.factor);
  return text + scale.suffix;
}

function unscaled(scales: readonly Scale[]): string {
  return scales.find(({ factor }) => factor === 1)?.suffix ?? '';
}

/** The largest scale that leaves a number of at least one, and the smallest for what is smaller. */
function fitting(value: number, scales: readonly Scale[]): Scale {
  let best = scales[0]!;
  // A hair below counts as the scale itself, so that 999.9999 ms is a second.
  for (const scale of scales) if (value >= scale.factor * 0.9995) best = scale;
  return best;
}

function threeDigits(value: number): string {
  const size = Math.abs(value);
  if (size >= 1e6 || size < 1e-6) return value.toExponential(2).replace('+', '');
  if (size >= 100) return String(Math.round(value));
  return String(Number(value.toPrecision(3)));
}

function digitsFor(step: number): number {
  if (!(step > 0) || !Number.isFinite(step)) return 0;
  for (let digits = 0; digits < 9; digits++) {
    const shifted = step * 10 ** digits;
    if (Math.abs(shifted - Math.round(shifted)) < 1e-6 * shifted) return digits;
  }
  return 9;
}

function strange(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  return value > 0 ? '∞' : '−∞';
}

/** Round below a second, then what clocks divide by. */
function timeSteps(): number[] {
  const steps: number[] = [];
  for (let power = -9; power < 0; power++) steps.push(10 ** power, 2 * 10 ** power, 5 * 10 ** power);
  steps.push(1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 21600, 43200, 86400);
  for (let days = 10; days < 1e9; days *= 10) steps.push(days * 86400);
  return steps;
}
