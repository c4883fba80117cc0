// How numbers, sizes, durations and moments are written, everywhere in the page. Moments are in the reader's own time zone.

const whole = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
const units: readonly (readonly [string, number])[] = [
  ['ns', 1],
  ['µs', 1e3],
  ['ms', 1e6],
  ['s', 1e9],
];
const minute = 60e9;
const hour = 60 * minute;
const day = 24 * hour;

/** Nanoseconds as three digits and a unit: `812 ms`, `1.24 s`, `3m 12s`, `2d 4h`. */
export function duration(nanoseconds: number): string {
  if (!Number.isFinite(nanoseconds)) return '–';
  if (nanoseconds < 0) return `−${duration(-nanoseconds)}`;
  if (nanoseconds === 0) return '0';
  if (nanoseconds >= day) return twoParts(nanoseconds, day, 'd', hour, 'h');
  if (nanoseconds >= hour) return twoParts(nanoseconds, hour, 'h', minute, 'm');
  if (nanoseconds >= minute) return twoParts(nanoseconds, minute, 'm', 1e9, 's');
  // What would round up to 1,000 of a unit is 1 of the next.
  const [unit, size] = units.findLast(([, size]) => nanoseconds >= size * 0.9995) ?? ['ns', 1];
  if (unit === 's' && nanoseconds >= 59.95e9) return '1m 0s';
  return `${threeDigits(nanoseconds / size)} ${unit}`;
}

/** The same of milliseconds. */
export function milliseconds(ms: number): string {
  return duration(ms * 1e6);
}

/** How long after another moment, or before it: `+812 ms`, `−10 ns`. */
export function distance(nanoseconds: number): string {
  return nanoseconds < 0 ? duration(nanoseconds) : `+${duration(nanoseconds)}`;
}

function twoParts(value: number, big: number, bigUnit: string, small: number, smallUnit: string): string {
  const smalls = Math.floor(value / small);
  const perBig = big / small;
  return `${whole.format(Math.floor(smalls / perBig))}${bigUnit} ${smalls % perBig}${smallUnit}`;
}

function threeDigits(value: number): string {
  const digits = value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
  const text = value.toFixed(digits);
  return digits === 0 ? text : text.replace(/\.?0+$/, '');
}

/** A whole number with its thousands told apart: `12,345`. */
export function number(value: number): string {
  return Number.isFinite(value) ? whole.format(value) : String(value);
}

/** A number where there is little room: `950`, `12.3 k`, `4.56 M`. */
export function compact(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  if (value < 0) return `−${compact(-value)}`;
  if (value < 999.5) return Number.isInteger(value) ? String(value) : threeDigits(value);
  if (value < 999.5e3) return `${threeDigits(value / 1e3)} k`;
  if (value < 999.5e6) return `${threeDigits(value / 1e6)} M`;
  return `${threeDigits(value / 1e9)} G`;
}

/** `1 span`, `2,000 spans`. */
export function counted(value: number, one: string, several = `${one}s`): string {
  return `${number(value)} ${value === 1 ? one : several}`;
}

/** Bytes in units of 1,024: `512 B`, `1.5 KiB`. */
export function bytes(value: number): string {
  let size = value;
  let unit = 'B';
  for (const next of ['KiB', 'MiB', 'GiB', 'TiB']) {
    if (size < 1023.5) break;
    size /= 1024;
    unit = next;
  }
  return `${unit === 'B' ? number(size) : threeDigits(size)} ${unit}`;
}

/** A part of a whole: `3.2 %`; a little that is not nothing is `< 0.1 %`, and almost everything is not 100 %. */
export function share(part: number, of: number): string {
  if (!(of > 0) || part <= 0) return '0 %';
  const percent = (100 * part) / of;
  if (percent < 0.1) return '< 0.1 %';
  if (percent >= 99.95 && part < of) return '> 99.9 %';
  return `${threeDigits(percent)} %`;
}

/** How often: `12.3/s`, and what is rarer by the minute or the hour. */
export function rate(perSecond: number): string {
  if (!(perSecond > 0)) return '0/s';
  if (perSecond >= 0.1) return `${compact(perSecond)}/s`;
  if (perSecond * 60 >= 0.1) return `${threeDigits(perSecond * 60)}/min`;
  return `${threeDigits(perSecond * 3600)}/h`;
}

/** Milliseconds since 1970 of the API's nanoseconds, which are digits in a string; fractions are kept as far as numbers go. */
export function msOf(unixNano: string): number {
  return Number(unixNano) / 1e6;
}

/** `14:03:12.123` */
export function timeOfDay(ms: number): string {
  const at = new Date(ms);
  if (Number.isNaN(at.getTime())) return '–';
  return `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}.${three(at.getMilliseconds())}`;
}

/** `2026-11-23` */
export function date(ms: number): string {
  const at = new Date(ms);
  if (Number.isNaN(at.getTime())) return '–';
  return `${String(at.getFullYear()).padStart(4, '0')}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
}

/** `2026-11-23 14:03:12.123` */
export function dateTime(ms: number): string {
  return `${date(ms)} ${timeOfDay(ms)}`;
}

/** The time of day, with the date when that is not today's. */
export function moment(ms: number, now = Date.now()): string {
  return date(ms) === date(now) ? timeOfDay(ms) : dateTime(ms);
}

/** All nine digits: `2026-11-23 14:03:12.123456789`. */
export function nanoTime(unixNano: string): string {
  if (!/^\d{1,20}$/.test(unixNano)) return '–';
  const nanoseconds = BigInt(unixNano);
  const seconds = dateTime(Number(nanoseconds / 1_000_000n)).slice(0, -4);
  return `${seconds}.${String(nanoseconds % 1_000_000_000n).padStart(9, '0')}`;
}

/** How long ago: `now`, `12 s ago`, `3 min ago`, `5 h ago`, `2 d ago`, `in 3 min`. */
export function ago(ms: number, now = Date.now()): string {
  const seconds = (now - ms) / 1000;
  const size = Math.abs(seconds);
  if (!(size >= 2)) return 'now';
  const text =
    size < 60
      ? `${Math.floor(size)} s`
      : size < 3600
        ? `${Math.floor(size / 60)} min`
        : size < 86400
          ? `${Math.floor(size / 3600)} h`
          : `${whole.format(Math.floor(size / 86400))} d`;
  return seconds < 0 ? `in ${text}` : `${text} ago`;
}

/**
 * Text with an end, `enclosed`: what is longer loses its tail and gets an ellipsis. A browser that lays out megabytes in a line stands
 * still.
 */
export function cut(text: string, characters = 300): string {
  if (text.length <= characters) return enclosed(text);
  // Not between the halves of a character beyond the first 65,536.
  const last = text.charCodeAt(characters - 1);
  const end = last >= 0xd800 && last <= 0xdbff ? characters - 1 : characters;
  return `${enclosed(text.slice(0, end))}…`;
}

/**
 * What ends an isolate, and with it what keeps a direction within an element: the control for it, and each character that ends a
 * paragraph. Browsers begin an element's isolate anew after a line feed alone.
 */
const ENDS = /[\u2069\u2029\u0085\u001C-\u001E]|\r(?!\n)/g;

/** Text that turns nothing around outside of its element. */
export function enclosed(text: string): string {
  return text.replace(ENDS, '\uFFFD');
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}

function three(value: number): string {
  return String(value).padStart(3, '0');
}
