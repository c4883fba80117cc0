// How many records came over time, by severity. Drawing over it looks at that stretch alone.

import { useState } from 'preact/hooks';
import { Canvas } from '../../parts/canvas';
import { counted, date, dateTime, milliseconds, number, timeOfDay } from '../../parts/formats';
import { zoomTo } from '../../state/range';
import { cssColour } from '../../state/theme';
import { type Bars, barsOf, bucketAt, countOf, STACK, stretchOf } from './bars';
import type { SeverityClass } from './severity';
import type { LogBucket } from './types';

const HEIGHT = 72;
/** Room below the bars for the times. */
const AXIS = 16;
const COLOURS: Record<SeverityClass, string> = { error: '--error', warn: '--warning', info: '--note', debug: '--ink-3' };

export function Histogram({ buckets }: { buckets: readonly LogBucket[] }) {
  const bars = barsOf(buckets);
  const [pointed, setPointed] = useState<number>();
  const [held, setHeld] = useState<number>();
  if (!bars) return null;
  const partAt = (event: PointerEvent) => {
    const { left, width } = (event.currentTarget as HTMLElement).getBoundingClientRect();
    return (event.clientX - left) / Math.max(1, width);
  };
  const bucket = pointed === undefined ? undefined : bucketAt(bars, buckets, pointed);
  const drawnOver = held !== undefined && pointed !== undefined ? stretchOf(bars, held, pointed) : undefined;
  return (
    <div class="histogram">
      <Canvas
        height={HEIGHT}
        cursor="crosshair"
        label={summary(buckets, bars)}
        when={[buckets, drawnOver?.from, drawnOver?.to]}
        onDraw={(pen, width) => paint(pen, width, buckets, bars, drawnOver)}
        onPointerDown={(event) => {
          if (event.button !== 0) return;
          (event.currentTarget as HTMLElement).setPointerCapture(event.pointerId);
          setHeld(partAt(event));
        }}
        onPointerMove={(event) => setPointed(partAt(event))}
        onPointerUp={() => {
          setHeld(undefined);
          if (drawnOver) zoomTo(drawnOver.from, drawnOver.to);
        }}
        onPointerCancel={() => setHeld(undefined)}
        onPointerLeave={() => setPointed(undefined)}
      />
      {bucket && pointed !== undefined && (
        <div class="histogram-tip" aria-hidden="true" style={pointed > 0.6 ? { right: `${(1 - pointed) * 100}%` } : { left: `${pointed * 100}%` }}>
          <strong>{dateTime(bucket.start_ms)}</strong> + {milliseconds(bars.step)}
          <div>{STACK.filter((severity) => bucket[severity] > 0).map((severity) => `${number(bucket[severity])} ${severity}`).join(', ') || 'none'}</div>
        </div>
      )}
    </div>
  );
}

function summary(buckets: readonly LogBucket[], bars: Bars): string {
  const all = (severity: SeverityClass) => buckets.reduce((sum, bucket) => sum + bucket[severity], 0);
  const total = buckets.reduce((sum, bucket) => sum + countOf(bucket), 0);
  return `${counted(total, 'log record')} from ${dateTime(bars.from)} to ${dateTime(bars.to)}: ${STACK.map((one) => `${number(all(one))} ${one}`).join(', ')}`;
}

function paint(pen: CanvasRenderingContext2D, width: number, buckets: readonly LogBucket[], bars: Bars, over: { from: number; to: number } | undefined): void {
  const xOf = (ms: number) => ((ms - bars.from) / (bars.to - bars.from)) * width;
  const room = HEIGHT - AXIS - 2;
  pen.clearRect(0, 0, width, HEIGHT);
  if (over) {
    pen.fillStyle = cssColour('--accent-wash');
    pen.fillRect(xOf(over.from), 0, xOf(over.to) - xOf(over.from), HEIGHT - AXIS);
  }
  const wide = Math.max(1, (bars.step / (bars.to - bars.from)) * width - 1);
  for (const bucket of buckets) paintBar(pen, bucket, xOf(bucket.start_ms), wide, room, bars.most);
  pen.fillStyle = cssColour('--line');
  pen.fillRect(0, HEIGHT - AXIS, width, 1);
  paintTimes(pen, width, bars, xOf);
}

/** A record among thousands is still a pixel high. */
function paintBar(pen: CanvasRenderingContext2D, bucket: LogBucket, x: number, wide: number, room: number, most: number): void {
  let foot = HEIGHT - AXIS;
  for (const severity of STACK) {
    if (bucket[severity] === 0) continue;
    const high = Math.max(1, (bucket[severity] / most) * room);
    pen.fillStyle = cssColour(COLOURS[severity]);
    pen.fillRect(x, foot - high, wide, high);
    foot -= high;
  }
}

function paintTimes(pen: CanvasRenderingContext2D, width: number, bars: Bars, xOf: (ms: number) => number): void {
  pen.font = `11px ${cssColour('--font') || 'sans-serif'}`;
  pen.fillStyle = cssColour('--ink-3');
  pen.textBaseline = 'bottom';
  const count = Math.max(2, Math.floor(width / 180));
  const sameDay = date(bars.from) === date(bars.to);
  for (let n = 0; n < count; n++) {
    const at = bars.from + ((bars.to - bars.from) * n) / count;
    const text = sameDay ? timeOfDay(at) : dateTime(at);
    pen.fillText(bars.step < 1000 ? text : text.slice(0, -4), xOf(at) + 2, HEIGHT);
  }
}

