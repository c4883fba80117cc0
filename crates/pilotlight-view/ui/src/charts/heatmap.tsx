// How values are distributed over time: a cell for each step and bucket, the darker or brighter the more there are.
import type { RefObject } from 'preact';
import { useMemo, useRef, useState } from 'preact/hooks';
import type uPlot from 'uplot';
import { axis, timeAxis } from './axes';
import type { Theme } from './colours';
import type { Dot } from './dots';
import { Figure } from './figure';
import type { Ink } from './ink';
import { type Reach, ramp, reachOf, shadeOf } from './ramp';
import { edgeLabel, labelledEdges, rowLabel, rowOf, usedRows, type Buckets } from './rows';
import { formatSpan, formatStep, spanEnd, stepTimes, type Span } from './span';
import type { Told } from './summary';
import { formatNumber } from './units';
import { usePlot, type Range } from './use-plot';
import { useShade } from '../state/theme';

interface Props {
  title: string;
  buckets: Buckets;
  unit: string;
  span: Span;
  height?: number;
  sync?: string;
  onRange?: Range;
  onWhole?: () => void;
  /** `y` is the measured value. */
  dots?: readonly Dot[];
  onDot?: (dot: number) => void;
}

export function Heatmap({ title, buckets, unit, span, height = 280, sync, onRange, onWhole, dots = [], onDot }: Props) {
  const theme = useShade();
  const reach = useMemo(() => reachOf(buckets.counts), [buckets]);
  const { most } = reach;
  const [first, end] = useMemo(() => usedRows(buckets), [buckets]);
  const image = useMemo(() => painted(buckets, span.steps, [first, end], reach, theme), [buckets, span.steps, theme]);
  const times = useMemo(() => stepTimes(span), [span]);
  const data = useMemo(() => [times, times.map(() => null)] as uPlot.AlignedData, [times, image]);
  const placed = useMemo(
    () => dots.map((dot) => ({ ...dot, y: dot.y === null ? null : rowOf(dot.y, buckets) })),
    [dots, buckets],
  );
  const shape = useMemo(() => JSON.stringify([theme, unit, first, end, buckets.bounds, buckets.low]), [theme, unit, first, end, buckets]);
  const picture = useRef<Picture>({ image, span });
  picture.current = { image, span };
  const [row, setRow] = useState<number | null>(null);
  const { place, step, onKeyDown } = usePlot({
    shape,
    options: (ink) => options(ink, buckets, [first, end], unit, picture),
    data,
    span,
    height,
    sync,
    onRange,
    onWhole,
    onCursor: (plot) => setRow(Math.floor(plot.posToVal(plot.cursor.top!, 'y'))),
    dots: placed,
    onDot,
  });
  return (
    <Figure
      title={title}
      words={words(buckets, most, [first, end], unit, span)}
      now={step === null ? '' : stepWords(buckets, step, unit, span)}
      place={place}
      onKeyDown={onKeyDown}
      table={() => ({ lines: bucketLines(buckets, span.steps, [first, end], unit), unit: '', span })}
    >
      <div class="legend">
        <Key theme={theme} most={most} />
        <output class="legend-cell">{step === null || row === null ? '' : cellWords(buckets, step, row, unit, span)}</output>
      </div>
    </Figure>
  );
}

type Rows = [first: number, end: number];

interface Picture {
  image: HTMLCanvasElement;
  span: Span;
}

/** A pixel for each cell: it is stretched when it is drawn, which is quicker than a rectangle for each. */
function painted({ bounds, counts }: Buckets, steps: number, [first, end]: Rows, reach: Reach, theme: Theme): HTMLCanvasElement {
  const canvas = document.createElement('canvas');
  canvas.width = Math.max(1, steps);
  canvas.height = Math.max(1, end - first);
  const context = canvas.getContext('2d')!;
  const pixels = context.createImageData(canvas.width, canvas.height);
  const colours = ramp(theme).map((colour) => parseInt(colour.slice(1), 16));
  for (let step = 0; step < steps; step++) {
    for (let row = first; row < end; row++) {
      const shade = shadeOf(counts[step * (bounds.length + 1) + row] ?? 0, reach);
      if (shade < 0) continue;
      const colour = colours[shade]!;
      pixels.data.set([colour >> 16, (colour >> 8) & 255, colour & 255, 255], ((end - 1 - row) * canvas.width + step) * 4);
    }
  }
  context.putImageData(pixels, 0, 0);
  return canvas;
}

function options(ink: Ink, buckets: Buckets, [first, end]: Rows, unit: string, picture: RefObject<Picture>) {
  return {
    series: [{}, { scale: 'y', show: false }],
    scales: { y: { range: (): [number, number] => [first, end] } },
    axes: [
      { ...timeAxis(ink), grid: { show: false } },
      {
        ...axis(ink),
        scale: 'y',
        grid: { show: false },
        splits: (plot: uPlot) => labelledEdges(first, end, plot.height / 24),
        values: (_: uPlot, edges: number[]) => edges.map((edge) => edgeLabel(edge, buckets, unit)),
      },
    ] satisfies uPlot.Axis[],
    draw: [(plot: uPlot) => stretch(plot, picture.current)],
  };
}

function stretch({ ctx, bbox, valToPos }: uPlot, { image, span }: Picture): void {
  const left = valToPos(span.startMs, 'x', true);
  const right = valToPos(spanEnd(span), 'x', true);
  ctx.save();
  ctx.imageSmoothingEnabled = false;
  ctx.drawImage(image, left, bbox.top, right - left, bbox.height);
  ctx.restore();
}

/** From few to many. */
function Key({ theme, most }: { theme: Theme; most: number }) {
  const colours = ramp(theme).filter((_, shade) => shade % 9 === 0);
  return (
    <span class="heat-key">
      {most > 0 ? 'few' : 'nothing'}
      {most > 0 && colours.map((colour) => <i style={{ background: colour }} />)}
      {most > 0 && `${formatNumber(most)} in a cell`}
    </span>
  );
}

function countsAt({ bounds, counts }: Buckets, step: number): readonly number[] {
  const rows = bounds.length + 1;
  return counts.slice(step * rows, (step + 1) * rows);
}

function cellWords(buckets: Buckets, step: number, row: number, unit: string, span: Span): string {
  const count = countsAt(buckets, step)[row];
  if (count === undefined) return '';
  return `${formatStep(span, step)} · ${rowLabel(row, buckets, unit)} · ${formatNumber(count)}`;
}

function stepWords(buckets: Buckets, step: number, unit: string, span: Span): string {
  const counts = countsAt(buckets, step);
  const all = counts.reduce((sum, count) => sum + count, 0);
  if (!(all > 0)) return `${formatStep(span, step)}: nothing`;
  const fullest = counts.indexOf(reachOf(counts).most);
  return `${formatStep(span, step)}: ${formatNumber(all)} in all, most of them ${rowLabel(fullest, buckets, unit)}`;
}

function words(buckets: Buckets, most: number, [first, end]: Rows, unit: string, span: Span): string {
  const range = formatSpan(span);
  if (most === 0) return `A heatmap of ${range}, with nothing in it.`;
  const lowest = rowLabel(first, buckets, unit);
  const highest = rowLabel(end - 1, buckets, unit);
  return `A heatmap of ${range}, from ${lowest} at the bottom to ${highest} at the top; at most ${formatNumber(most)} in a cell.`;
}

/** The rows as lines of a table, the smallest values first. */
function bucketLines(buckets: Buckets, steps: number, [first, end]: Rows, unit: string): Told[] {
  const rows = buckets.bounds.length + 1;
  return Array.from({ length: end - first }, (_, i) => ({
    label: rowLabel(first + i, buckets, unit),
    values: Array.from({ length: steps }, (_, step) => buckets.counts[step * rows + first + i] || null),
  }));
}
