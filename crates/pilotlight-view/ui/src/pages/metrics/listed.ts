// The list of metrics: what is searched for, and in which order.
import type { Schema } from '../../api/client';

export type MetricSummary = Schema<'MetricSummary'>;

export const orders = ['name', 'series', 'last'] as const;
export type Order = (typeof orders)[number];

/** Those that have every word of the search in their name, unit, description, kind or services; in order. */
export function listed(metrics: readonly MetricSummary[], search: string, order: Order): MetricSummary[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  const found = metrics.filter((metric) => {
    const text = [metric.name, metric.unit, metric.description, kindWord(metric), ...metric.services].join('\n').toLowerCase();
    return words.every((word) => text.includes(word));
  });
  return found.sort((one, other) => compare(one, other, order) || byName(one, other));
}

function compare(one: MetricSummary, other: MetricSummary, order: Order): number {
  if (order === 'series') return other.series - one.series;
  if (order === 'last') return Number(other.last) - Number(one.last);
  return 0;
}

function byName(one: MetricSummary, other: MetricSummary): number {
  if (one.name !== other.name) return one.name < other.name ? -1 : 1;
  return one.kind < other.kind ? -1 : 1;
}

/** A name can be there with several kinds. */
export function keyOf({ name, kind }: Pick<MetricSummary, 'name' | 'kind'>): string {
  return `${kind} ${name}`;
}

/** The one that the address names: by name and kind, or the first of that name. */
export function named(metrics: readonly MetricSummary[], name: string, kind: string): MetricSummary | undefined {
  const all = metrics.filter((metric) => metric.name === name);
  return all.find((metric) => metric.kind === kind) ?? all[0];
}

/** What a metric is, as its makers call it: `counter`, `up-down counter`, `histogram`. */
export function kindWord({ kind, monotonic }: Pick<MetricSummary, 'kind' | 'monotonic'>): string {
  switch (kind) {
    case 'sum':
      return monotonic ? 'counter' : 'up-down counter';
    case 'exponential_histogram':
      return 'exponential histogram';
    default:
      return kind;
  }
}
