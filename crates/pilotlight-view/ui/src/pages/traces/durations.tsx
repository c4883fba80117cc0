// How long the traces took, over time: point at one to open it, or draw a box to look only at what is in it.
import { useRef, useState } from 'preact/hooks';
import type { Schema } from '../../api/client';
import { Canvas } from '../../parts/canvas';
import { counted, cut, milliseconds, moment } from '../../parts/formats';
import { px } from '../../parts/px';
import { go } from '../../state/url';
import { draw } from './draw';
import { type Box, type Frame, type Stretch, frameOf, isScatter, meaningOf, pointAt, total } from './picture';

type Point = Schema<'DurationPoint'>;

interface Props {
  readonly durations: Schema<'TraceDurations'>;
  readonly onStretch: (stretch: Stretch) => void;
}

const height = 168;

export function DurationPicture({ durations, onStretch }: Props) {
  const frame = useRef<Frame | undefined>(undefined);
  const [box, setBox] = useState<Box>();
  const [pointed, setPointed] = useState<{ point: Point; x: number; y: number }>();

  const place = (event: PointerEvent) => {
    const bounds = (event.currentTarget as HTMLElement).getBoundingClientRect();
    return { x: event.clientX - bounds.left, y: event.clientY - bounds.top };
  };
  const onPointerDown = (event: PointerEvent) => {
    if (event.button !== 0 || !frame.current) return;
    (event.currentTarget as HTMLElement).setPointerCapture(event.pointerId);
    const { x, y } = place(event);
    setBox({ x0: x, y0: y, x1: x, y1: y });
  };
  const onPointerMove = (event: PointerEvent) => {
    if (!frame.current) return;
    const { x, y } = place(event);
    if (box) setBox({ ...box, x1: x, y1: y });
    const point = pointAt(frame.current, durations.points, x, y);
    setPointed(point && { point, x, y });
  };
  const onPointerUp = () => {
    if (!box || !frame.current) return;
    setBox(undefined);
    const meaning = meaningOf(frame.current, box);
    if (meaning) onStretch(meaning);
    else if (pointed) go(`/traces/${pointed.point.trace_id}`);
  };
  return (
    <div class="picture">
      <Canvas
        height={height}
        label={summary(durations)}
        when={[durations]}
        onDraw={(context, width, height) => {
          frame.current = frameOf(durations, width, height);
          if (frame.current) draw(context, frame.current, durations);
        }}
        cursor={pointed ? 'pointer' : 'crosshair'}
        onPointerDown={onPointerDown}
        onPointerMove={onPointerMove}
        onPointerUp={onPointerUp}
        onPointerCancel={() => setBox(undefined)}
        onPointerLeave={() => setPointed(undefined)}
      />
      {box && <div class="picture-box" style={shapeOf(box)} />}
      {pointed && !(box && frame.current && meaningOf(frame.current, box)) && <Tip {...pointed} />}
    </div>
  );
}

function summary(durations: Props['durations']): string {
  const all = total(durations.counts);
  const lengths = durations.duration_edges_ms;
  if (all === 0) return 'Durations over time: no traces';
  return `Durations over time of ${counted(all, 'trace')}, ${counted(total(durations.errors), 'error')}, from ${milliseconds(lengths[0] ?? 0)} to ${milliseconds(
    lengths.at(-1) ?? 0,
  )}; ${isScatter(durations) ? 'each a point' : 'by how many'}. The table below lists them.`;
}

function shapeOf(box: Box) {
  return {
    left: px(Math.min(box.x0, box.x1)),
    top: px(Math.min(box.y0, box.y1)),
    width: px(Math.abs(box.x1 - box.x0)),
    height: px(Math.abs(box.y1 - box.y0)),
  };
}

function Tip({ point, x, y }: { point: Point; x: number; y: number }) {
  return (
    <div class={y > height / 2 ? 'tip tip-above' : 'tip'} style={{ left: px(x), top: px(y) }}>
      <strong>{cut(point.name, 80)}</strong>
      <div>
        <bdi>{cut(point.service, 60)}</bdi> · {milliseconds(point.duration_ms)} · {moment(point.start_ms)}
        {point.error && ' · error'}
      </div>
    </div>
  );
}
