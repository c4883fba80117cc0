// How a metric can be looked at, and what its lines are measured in.
import type { Schema } from '../../api/client';
import type { Dot } from '../../charts/dots';
import { aSecond, formatValue } from '../../charts/units';
import type { Span } from '../../charts/span';

export type MetricData = Schema<'MetricData'>;
export type MetricKind = Schema<'MetricKind'>;
export type Exemplar = Schema<'Exemplar'>;

export type View = 'lines' | 'heatmap' | 'percentiles' | 'mean' | 'count';

export const viewWords: Readonly<Record<View, string>> = {
  lines: 'Lines',
  heatmap: 'Heatmap',
  percentiles: 'Percentiles',
  mean: 'Mean',
  count: 'Count',
};

/** The views of a kind; what it is shown with first comes first. */
export function viewsOf(kind: MetricKind): readonly View[] {
  switch (kind) {
    case 'histogram':
    case 'exponential_histogram':
      return ['heatmap', 'percentiles', 'mean', 'count'];
    case 'summary':
      return ['percentiles', 'mean', 'count'];
    default:
      return ['lines'];
  }
}

/** The view that the address names, when this kind has it. */
export function viewNamed(kind: MetricKind, text: string): View {
  const views = viewsOf(kind);
  return views.find((view) => view === text) ?? views[0]!;
}

/** What the values of a view are measured in. */
export function unitOf(data: Pick<MetricData, 'unit' | 'meaning'>, view: View): string {
  const rate = data.meaning.endsWith('a second');
  if (view === 'count') return rate ? aSecond('') : '';
  return view === 'lines' && rate ? aSecond(data.unit) : data.unit;
}

/** What a view shows as it is instead of as a rate; none where there is no choice. */
export function rawWord({ kind, monotonic, temporality }: Pick<MetricData, 'kind' | 'monotonic' | 'temporality'>, view: View): string | null {
  if (view === 'count') return 'In each step';
  if (kind !== 'sum') return null;
  if (temporality === 'delta') return 'In each step';
  return monotonic ? 'Total' : null;
}

/** The steps of an answer. */
export function spanOf({ start_ms, step_ms, lines, quantiles, mean, heatmap }: MetricData): Span {
  const steps =
    lines[0]?.values.length ??
    mean?.length ??
    quantiles?.values[0]?.length ??
    (heatmap ? Math.floor(heatmap.counts.length / (heatmap.bounds.length + 1)) : 0);
  return { startMs: start_ms, stepMs: step_ms > 0 ? step_ms : 1, steps };
}

/** `p95`, `p99.9`. */
export function quantileLabel(quantile: number): string {
  if (quantile === 0) return 'least';
  if (quantile === 1) return 'most';
  return `p${Number((quantile * 100).toPrecision(6))}`;
}

/**
 * Where the exemplars of a view are drawn: at their value where the chart is measured as they are, on their line where it shows
 * rates, on the lower edge where neither is known.
 */
export function dotsOf({ exemplars, lines, start_ms, step_ms, kind, unit }: MetricData, view: View): Dot[] {
  return exemplars.map(({ time_ms, value, line, known }) => {
    const step = Math.floor((time_ms - start_ms) / step_ms);
    const measured = view !== 'count' && (view !== 'lines' || kind === 'gauge');
    const onLine = line === null || line === undefined ? null : (lines[line]?.values[step] ?? null);
    const label = `${formatValue(value, unit)}: ${known ? 'a click opens its trace' : 'its trace is not held'}`;
    return { timeMs: time_ms, y: measured ? finite(value) : onLine, known, label };
  });
}

/** Numbers that JSON has no word for come as null, whatever the type says. */
function finite(value: number | null): number | null {
  return value !== null && Number.isFinite(value) ? value : null;
}

/** The trace of an exemplar, as a path of this page. */
export function tracePath({ trace_id, span_id }: Pick<Exemplar, 'trace_id' | 'span_id'>): string | null {
  if (!trace_id) return null;
  const span = span_id ? `?span=${encodeURIComponent(span_id)}` : '';
  return `/traces/${encodeURIComponent(trace_id)}${span}`;
}

/** Labels that appear twice get a number, so that each line can be switched by itself. */
export function distinct<T extends { readonly label: string }>(lines: readonly T[]): T[] {
  const seen = new Map<string, number>();
  return lines.map((line) => {
    const count = (seen.get(line.label) ?? 0) + 1;
    seen.set(line.label, count);
    return count === 1 ? line : { ...line, label: `${line.label} (${count})` };
  });
}

/** The keys that lines are grouped by, as the address holds them. */
export function groupKeys(text: string): string[] {
  return [...new Set(text.split(',').filter((key) => key !== ''))];
}
