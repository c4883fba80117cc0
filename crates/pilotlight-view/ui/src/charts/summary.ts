// A chart in words, for those who do not see it.
import { valueAt } from './gaps';
import { formatSpan, formatStep, type Span } from './span';
import { formatValue } from './units';

/** How many lines are told of one by one: more would be read for minutes, and the table has them all. */
const told = 5;

export interface Told {
  label: string;
  values: readonly (number | null)[];
}

/** `3 lines from 10:00:00 to 10:15:00. gateway: 1 ms to 20 ms, last 3 ms. …` */
export function summary(lines: readonly Told[], unit: string, span: Span, now = Date.now()): string {
  const range = `from ${formatSpan(span, now)}`;
  if (lines.length === 0) return `Nothing ${range}.`;
  const count = lines.length === 1 ? 'One line' : `${lines.length} lines`;
  const each = lines.slice(0, told).map((line) => `${line.label.slice(0, 80)}: ${extremes(line.values, unit)}.`);
  const more = lines.length > told ? [`${lines.length - told} more in the table of values.`] : [];
  return [`${count} ${range}.`, ...each, ...more].join(' ');
}

/** What the lines are at one step: `10:05:00: gateway 3 ms, orders 8 ms`. */
export function atStep(lines: readonly Told[], unit: string, span: Span, step: number): string {
  const values = lines.slice(0, told).map((line) => `${line.label.slice(0, 80)} ${formatValue(valueAt(line.values, step), unit)}`);
  return `${formatStep(span, step)}: ${values.join(', ')}`;
}

/** The newest value there is. */
export function last(values: readonly (number | null)[]): number | null {
  for (let step = values.length - 1; step >= 0; step--) if (values[step] !== null) return values[step]!;
  return null;
}

function extremes(values: readonly (number | null)[], unit: string): string {
  const present = values.filter((value): value is number => value !== null);
  if (present.length === 0) return 'no values';
  const least = present.reduce((least, value) => Math.min(least, value));
  const most = present.reduce((most, value) => Math.max(most, value));
  const range = least === most ? formatValue(least, unit) : `${formatValue(least, unit)} to ${formatValue(most, unit)}`;
  return `${range}, last ${formatValue(present.at(-1), unit)}`;
}
