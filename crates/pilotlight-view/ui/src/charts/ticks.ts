// A time axis's ticks: where clocks have round times, in the browser's own zone.
import { formatMoment } from './span';

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

/** Distances between ticks, milliseconds, ascending. */
export const timeIncrements: readonly number[] = [
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500],
  ...[1, 2, 5, 10, 15, 30].map((seconds) => seconds * second),
  ...[1, 2, 5, 10, 15, 30].map((minutes) => minutes * minute),
  ...[1, 2, 3, 6, 12].map((hours) => hours * hour),
  ...[1, 2, 7, 14, 30, 90, 365, 3650, 36500].map((days) => days * day),
];

/** More than any axis has room for. */
const ticksMax = 1000;

/** Moments from one to another that are so far apart, and round by the local clock. */
export function timeTicks(fromMs: number, toMs: number, incrementMs: number): number[] {
  const ticks: number[] = [];
  const first = Math.ceil(local(fromMs) / incrementMs) * incrementMs;
  for (let i = 0; i < ticksMax; i++) {
    const tick = fromLocal(first + i * incrementMs);
    if (!(tick <= toMs)) break;
    ticks.push(tick);
  }
  return ticks;
}

/** What the local clock shows, as if it were that of Greenwich. */
function local(ms: number): number {
  return ms - offset(ms);
}

function fromLocal(ms: number): number {
  return ms + offset(ms + offset(ms));
}

function offset(ms: number): number {
  return new Date(ms).getTimezoneOffset() * minute;
}

/** The labels of such moments: the date wherever a day begins, and the time otherwise, as precise as their distance. */
export function timeLabels(times: readonly number[], incrementMs: number): string[] {
  return times.map((time) => {
    const date = new Date(time);
    if (incrementMs >= 90 * day) return `${months[date.getMonth()]} ${date.getFullYear()}`;
    const midnight = date.getHours() === 0 && date.getMinutes() === 0 && date.getSeconds() === 0 && date.getMilliseconds() === 0;
    if (midnight || incrementMs >= day) return `${date.getDate()} ${months[date.getMonth()]}`;
    return formatMoment(time, incrementMs);
  });
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
