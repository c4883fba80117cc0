// Lines over time: with a legend that switches them, dots that open, and everything it shows as words and as a table too.
import type { RefObject } from 'preact';
import { useMemo, useRef, useState } from 'preact/hooks';
import uPlot from 'uplot';
import { axis, timeAxis } from './axes';
import { lineColours, type Theme } from './colours';
import type { Dot } from './dots';
import { Figure } from './figure';
import { alone, joined } from './gaps';
import type { Ink } from './ink';
import { Legend } from './legend';
import { stepTimes, type Span } from './span';
import { atStep, summary } from './summary';
import { axisLabels, axisSteps, axisTitle } from './units';
import { usePlot, type Range } from './use-plot';
import { useShade } from '../state/theme';

export interface ChartLine {
  label: string;
  values: readonly (number | null)[];
  /** Where the palette is not meant: errors, percentiles of one thing. */
  colour?: string | undefined;
  dash?: number[] | undefined;
  /** Steps that are marked: the line began anew there. */
  resets?: readonly number[] | undefined;
}

interface Props {
  title: string;
  lines: readonly ChartLine[];
  unit: string;
  span: Span;
  /** The axis begins at zero: for what can be compared by its height. Default: yes. */
  zero?: boolean;
  height?: number;
  sync?: string;
  onRange?: Range;
  onWhole?: () => void;
  dots?: readonly Dot[];
  onDot?: (dot: number) => void;
}

export function LineChart({ title, lines, unit, span, zero = true, height = 230, sync, onRange, onWhole, dots, onDot }: Props) {
  const theme = useShade();
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const coloured = useMemo(() => withColours(lines, theme), [lines, theme]);
  const shown = useMemo(() => coloured.filter(({ label }) => !hidden.has(label)), [coloured, hidden]);
  const data = useMemo(
    () => [stepTimes(span), ...shown.map(({ values }) => joined(values))] as uPlot.AlignedData,
    [shown, span],
  );
  const shape = useMemo(() => JSON.stringify([theme, unit, zero, shown.map(({ label, colour, dash }) => [label, colour, dash])]), [theme, unit, zero, shown]);
  const dotsNow = useRef<readonly Dot[]>([]);
  dotsNow.current = dots ?? [];
  const { place, plot, step, onKeyDown } = usePlot({
    shape,
    options: (ink) => options(ink, shown, unit, zero, dotsNow),
    data,
    span,
    height,
    sync,
    onRange,
    onWhole,
    dots,
    onDot,
  });
  const point = (label: string | null) => {
    const index = shown.findIndex((line) => line.label === label);
    plot.current?.setSeries(index < 0 ? null : index + 1, { focus: true });
  };
  return (
    <Figure
      title={title}
      words={summary(lines, unit, span)}
      now={step === null ? '' : atStep(shown, unit, span, step)}
      onKeyDown={onKeyDown}
      place={place}
      table={() => ({ lines, unit, span })}
    >
      {lines.some(({ resets }) => resets && resets.length > 0) && <p class="chart-note">Dotted lines: its process was started again.</p>}
      <Legend lines={coloured} unit={unit} step={step} span={span} hidden={hidden} onHidden={setHidden} onPoint={point} />
    </Figure>
  );
}

export interface Coloured extends ChartLine {
  colour: string;
}

function withColours(lines: readonly ChartLine[], theme: Theme): Coloured[] {
  const colours = lineColours(
    lines.filter(({ colour }) => colour === undefined).map(({ label }) => label),
    theme,
  );
  return lines.map((line) => ({ ...line, colour: line.colour ?? colours.get(line.label)! }));
}

function options(ink: Ink, lines: readonly Coloured[], unit: string, zero: boolean, dots: RefObject<readonly Dot[]>) {
  const steps = axisSteps(unit);
  const title = axisTitle(unit);
  return {
    series: [{}, ...lines.map(series)],
    scales: { y: { range: (_: uPlot, least: number | null, most: number | null) => heights(least, most, dots.current, zero) } },
    axes: [
      timeAxis(ink),
      {
        ...axis(ink),
        values: (_: uPlot, splits: number[]) => axisLabels(splits, unit),
        ...(steps ? { incrs: steps } : {}),
        ...(title ? { label: title, labelSize: 18, labelGap: 0 } : {}),
      },
    ] satisfies uPlot.Axis[],
    draw: [(plot: uPlot) => drawResets(plot, lines)],
  };
}

function series({ label, colour, dash }: Coloured): uPlot.Series {
  return { label, stroke: colour, width: 1.5, ...(dash ? { dash } : {}), points: { size: 5, fill: colour, filter: (plot, at, show) => (show ? null : alone(Array.from(plot.data[at] ?? []))) } };
}

const largest = 1e300;

/** The values and the dots, with some air, and zero where it is wanted or near. */
function heights(least: number | null, most: number | null, dots: readonly Dot[], zero: boolean): [number, number] {
  let [low, high] = [least ?? Infinity, most ?? -Infinity];
  if (zero) [low, high] = [Math.min(0, low), Math.max(0, high)];
  for (const { y } of dots) {
    if (y === null || !Number.isFinite(y)) continue;
    low = Math.min(low, y);
    high = Math.max(high, y);
  }
  if (!(high >= low)) return [0, 1];
  if (low === 0 && high === 0) return [0, 1];
  // Twice the largest number is none any more.
  [low, high] = [Math.max(-largest, low), Math.min(largest, high)];
  return uPlot.rangeNum(low, high, 0.1, true) as [number, number];
}

/** A tick on the lower edge where a process began to count anew. */
function drawResets({ ctx, bbox, valToPos, data }: uPlot, lines: readonly Coloured[]): void {
  const ratio = devicePixelRatio;
  ctx.save();
  ctx.lineWidth = ratio;
  ctx.setLineDash([2 * ratio, 3 * ratio]);
  for (const { resets = [], colour } of lines) {
    ctx.strokeStyle = colour;
    for (const step of resets) {
      const time = data[0][step];
      if (time === undefined) continue;
      const x = Math.round(valToPos(time, 'x', true)) + 0.5;
      ctx.beginPath();
      ctx.moveTo(x, bbox.top);
      ctx.lineTo(x, bbox.top + bbox.height);
      ctx.stroke();
    }
  }
  ctx.restore();
}

