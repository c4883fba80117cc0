// A metric's chart, in the view that is asked for.
import { useMemo } from 'preact/hooks';
import { palette, serviceColour } from '../../charts/colours';
import { Heatmap } from '../../charts/heatmap';
import { type ChartLine, LineChart } from '../../charts/line-chart';
import { zoomOut, zoomTo } from '../../state/range';
import { useShade } from '../../state/theme';
import { go } from '../../state/url';
import { type MetricData, type View, distinct, dotsOf, quantileLabel, spanOf, tracePath, unitOf } from './views';

/** Higher than most charts: it is what the page is for. */
const height = 300;

export function MetricChart({ data, view }: { data: MetricData; view: View }) {
  const span = useMemo(() => spanOf(data), [data]);
  const dots = useMemo(() => dotsOf(data, view), [data, view]);
  const lines = useLines(data, view);
  const shared = {
    title: titleOf(data, view),
    unit: unitOf(data, view),
    span,
    height,
    dots,
    onDot: (dot: number) => openExemplar(data, dot),
    onRange: (fromMs: number, toMs: number) => zoomTo(fromMs, toMs),
    onWhole: zoomOut,
  };
  if (view === 'heatmap' && data.heatmap) return <Heatmap {...shared} buckets={data.heatmap} />;
  return <LineChart {...shared} lines={lines} zero={!isLevel(data, view)} />;
}

function openExemplar({ exemplars }: MetricData, dot: number): void {
  const exemplar = exemplars[dot];
  const path = exemplar?.known ? tracePath(exemplar) : null;
  if (path) go(path);
}

function useLines(data: MetricData, view: View): readonly ChartLine[] {
  const shade = useShade();
  return useMemo(() => {
    if (view === 'mean') return [{ label: 'mean', values: data.mean ?? [] }];
    if (view === 'percentiles') {
      return (data.quantiles?.quantiles ?? []).map((quantile, i) => ({
        label: quantileLabel(quantile),
        values: data.quantiles?.values[i] ?? [],
        // In the palette's order: percentiles are always the same few.
        colour: palette[i % palette.length]![shade],
      }));
    }
    const lines = distinct(data.lines);
    return ofDifferentServices(data) ? lines.map((line) => ({ ...line, colour: serviceColour(line.service ?? '', shade) })) : lines;
  }, [data, view, shade]);
}

/** A line for each service: then they have the services' colours. */
function ofDifferentServices({ lines }: MetricData): boolean {
  return lines.every(({ service }) => service) && new Set(lines.map(({ service }) => service)).size === lines.length;
}

/** Levels are looked at for their changes: a memory's usage far from zero would be a straight line. */
function isLevel({ meaning }: MetricData, view: View): boolean {
  return view === 'lines' && (meaning === 'value' || meaning === 'total');
}

function titleOf({ meaning }: MetricData, view: View): string {
  switch (view) {
    case 'heatmap':
      return 'How many of which size';
    case 'percentiles':
      return 'Percentiles, over all series';
    case 'mean':
      return 'Mean, over all series';
    default:
      return meaning === '' || meaning === 'a second' ? 'Rate' : meaning[0]!.toUpperCase() + meaning.slice(1);
  }
}
