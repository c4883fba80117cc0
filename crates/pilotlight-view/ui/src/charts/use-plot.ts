// A uPlot chart in a page: made when its shape changes, fed when its data changes, as wide as its place, with the theme's colours,
// zoomed by dragging, and walked through with the keyboard.
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { RefObject } from 'preact';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import './charts.css';
import { drawDots, dotAt, type Dot } from './dots';
import { inkOf, type Ink } from './ink';
import { spanEnd, zoomed, type Span } from './span';

export type Range = (fromMs: number, toMs: number) => void;

export interface Plot {
  /** Everything that asks for a new chart when it changes. */
  shape: string;
  options: (ink: Ink) => Pick<uPlot.Options, 'series' | 'axes' | 'scales'> & { draw?: ((plot: uPlot) => void)[] };
  data: uPlot.AlignedData;
  span: Span;
  height: number;
  /** Charts with the same word move their cursors together. */
  sync?: string | undefined;
  /** Called with a range that was dragged over or zoomed to. */
  onRange?: Range | undefined;
  /** Called when the whole is wanted back. */
  onWhole?: (() => void) | undefined;
  /** Called when the cursor has moved over the chart. */
  onCursor?: ((plot: uPlot) => void) | undefined;
  dots?: readonly Dot[] | undefined;
  onDot?: ((dot: number) => void) | undefined;
}

export interface PlotHandle {
  place: RefObject<HTMLDivElement | null>;
  plot: RefObject<uPlot | null>;
  /** The step under the cursor. */
  step: number | null;
  onKeyDown: (event: KeyboardEvent) => void;
}

export function usePlot(wanted: Plot): PlotHandle {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(null);
  const [step, setStep] = useState<number | null>(null);
  // What hooks of the chart see is always what was wanted last.
  const now = useRef(wanted);
  now.current = wanted;

  useLayoutEffect(() => {
    const made = make(place.current!, now, setStep);
    plot.current = made;
    const observer = new ResizeObserver(() => resize(made, place.current, now.current.height));
    observer.observe(place.current!);
    return () => {
      observer.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, [wanted.shape, wanted.height, wanted.sync]);

  useEffect(() => plot.current?.setData(wanted.data), [wanted.data]);
  useEffect(() => plot.current?.redraw(false), [wanted.dots]);

  return { place, plot, step, onKeyDown: (event) => walk(event, plot.current, step, now.current) };
}

function make(place: HTMLDivElement, now: RefObject<Plot>, setStep: (step: number | null) => void): uPlot {
  const wanted = now.current;
  const ink = inkOf(place);
  const { draw = [], scales, ...options } = wanted.options(ink);
  const marks = (plot: uPlot) => drawDots(plot, now.current.dots ?? [], ink.accent, ink.background);
  return new uPlot(
    {
      ...options,
      width: Math.max(50, place.clientWidth),
      height: wanted.height,
      legend: { show: false },
      scales: { ...scales, x: { time: false, range: () => [now.current.span.startMs, spanEnd(now.current.span)] } },
      cursor: {
        y: false,
        drag: { x: true, y: false, setScale: false, dist: 6 },
        focus: { prox: 24 },
        points: { size: 7 },
        ...(wanted.sync ? { sync: { key: wanted.sync, setSeries: false, filters: { pub: onlyMoves } } } : {}),
        bind: { dblclick: () => () => (now.current.onWhole?.(), null) },
      },
      focus: { alpha: 0.3 },
      hooks: {
        draw: [...draw, marks],
        setCursor: [(plot) => pointed(plot, now.current, setStep)],
        setSelect: [(plot) => selected(plot, now.current.onRange)],
        ready: [(plot) => openDots(plot, now)],
      },
    },
    wanted.data,
    place,
  );
}

/** Other charts follow the cursor; they must not select or zoom as well. */
function onlyMoves(type: string): boolean {
  return type === 'mousemove' || type === 'mouseleave';
}

function pointed(plot: uPlot, { span, onCursor }: Plot, setStep: (step: number | null) => void): void {
  const here = plot.cursor.left! >= 0;
  setStep(here ? stepAt(plot, span) : null);
  if (here) onCursor?.(plot);
}

function stepAt(plot: uPlot, { startMs, stepMs, steps }: Span): number {
  const step = Math.floor((plot.posToVal(plot.cursor.left!, 'x') - startMs) / stepMs);
  return Math.min(steps - 1, Math.max(0, step));
}

function selected(plot: uPlot, onRange: Range | undefined): void {
  const { left, width } = plot.select;
  if (width <= 0) return;
  plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
  onRange?.(Math.floor(plot.posToVal(left, 'x')), Math.ceil(plot.posToVal(left + width, 'x')));
}

function openDots(plot: uPlot, now: RefObject<Plot>): void {
  const under = (event: MouseEvent) => dotAt(plot, now.current.dots ?? [], event.offsetX, event.offsetY);
  plot.over.addEventListener('mousemove', (event) => {
    const dot = now.current.dots?.[under(event) ?? -1];
    plot.over.style.cursor = dot ? 'pointer' : 'crosshair';
    plot.over.title = dot?.label ?? '';
  });
  plot.over.addEventListener('click', (event) => {
    const dot = under(event);
    if (dot !== null) now.current.onDot?.(dot);
  });
}

function resize(plot: uPlot, place: HTMLDivElement | null, height: number): void {
  if (place && place.clientWidth > 0 && place.clientWidth !== plot.width) plot.setSize({ width: place.clientWidth, height });
}

/** Arrows move the cursor, `+` and `-` zoom around it, `0` shows the whole. */
function walk(event: KeyboardEvent, plot: uPlot | null, step: number | null, { span, onRange, onWhole }: Plot): void {
  if (!plot || event.ctrlKey || event.metaKey || event.altKey) return;
  const go = (to: number) => show(plot, span, Math.min(span.steps - 1, Math.max(0, to)));
  const far = event.shiftKey ? 10 : 1;
  const around = span.startMs + ((step ?? span.steps / 2) + 0.5) * span.stepMs;
  const keys: Record<string, () => void> = {
    ArrowLeft: () => go((step ?? span.steps) - far),
    ArrowRight: () => go((step ?? -1) + far),
    Home: () => go(0),
    End: () => go(span.steps - 1),
    Escape: () => plot.setCursor({ left: -10, top: -10 }),
    '+': () => onRange?.(...zoomed(span, around, 0.5)),
    '-': () => onRange?.(...zoomed(span, around, 2)),
    '0': () => onWhole?.(),
  };
  const action = Object.hasOwn(keys, event.key) ? keys[event.key] : undefined;
  if (!action) return;
  event.preventDefault();
  action();
}

function show(plot: uPlot, { startMs, stepMs }: Span, step: number): void {
  // A hair into the step, so that rounding does not find the one before.
  plot.setCursor({ left: plot.valToPos(startMs + (step + 0.01) * stepMs, 'x'), top: plot.over.clientHeight / 2 });
}
