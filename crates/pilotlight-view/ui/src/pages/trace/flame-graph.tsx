// The flame graph: frames of one name below each other, as wide as the time they were busy. A press makes a frame the widest.

import { useMemo, useRef, useState } from 'preact/hooks';
import { counted, cut, duration, share } from '../../parts/formats';
import { px } from '../../parts/px';
import { type Flame, flameOf, type Frame } from './flame';
import type { Ink } from './ink';
import type { Shown } from './state';
import { penFor, useFrame } from './use-frame';
import { useSize } from './use-size';

/** Pixels of a level. */
const LEVEL = 22;
/** Narrower frames have no name, pixels. */
const NAMED = 28;

export function FlameGraph({ shown, ink }: { shown: Shown; ink: Ink }) {
  const { trace, tree, goTo, change } = shown;
  const box = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const { width } = useSize(box);
  const flame = useMemo(() => flameOf(trace, tree), [trace, tree]);
  const [top, setTop] = useState<Frame | null>(null);
  const [active, setActive] = useState(0);
  const zoomed = top && flame.frames.includes(top) ? top : null;
  const current = flame.frames[active];
  const view = { from: zoomed?.from ?? 0, total: Math.max(1, zoomed?.total ?? flame.total) };
  const height = flame.levels * LEVEL;
  useFrame(() => {
    const pen = penFor(canvas.current, width, height);
    if (pen) paintFlame(pen, flame, view, width, height, ink, current);
  });
  const frameAt = (event: MouseEvent): number => {
    const { left, top } = canvas.current!.getBoundingClientRect();
    const depth = Math.floor((event.clientY - top) / LEVEL);
    const at = view.from + ((event.clientX - left) / Math.max(1, width)) * view.total;
    return flame.frames.findIndex((frame) => frame.depth === depth && at >= frame.from && at < frame.from + frame.total);
  };
  const choose = (frame: Frame) => setTop(frame === zoomed ? null : frame);
  const show = (frame: Frame) => {
    goTo(frame.longestSpan);
    change({ tab: 'waterfall' }, 'replace');
  };
  return (
    <div class="flame">
      <p class="row" role="status">
        {current && <FrameWords frame={current} flame={flame} />}
        <button type="button" disabled={!current} onClick={() => current && show(current)}>
          Longest span
        </button>
        <button type="button" disabled={!zoomed} onClick={() => setTop(null)}>
          Whole trace
        </button>
        {flame.leftOut > 0 && <span class="muted">{counted(flame.leftOut, 'span')} lie deeper than is drawn.</span>}
      </p>
      <div ref={box} class="flame-box">
        <canvas
          ref={canvas}
          style={{ width: px(width), height: px(height) }}
          role="application"
          aria-label="Flame graph: arrow keys go from frame to frame, enter zooms, the line above tells where you are"
          tabIndex={0}
          onPointerMove={(event) => {
            const at = frameAt(event);
            if (at >= 0) setActive(at);
          }}
          onClick={(event) => {
            const frame = flame.frames[frameAt(event)];
            if (frame) choose(frame);
          }}
          onDblClick={() => current && show(current)}
          onKeyDown={(event) => {
            if (event.key === 'Enter' && current) choose(current);
            else if (event.key === 'Escape') setTop(null);
            else {
              const next = frameAfterKey(event.key, flame, active);
              if (next === undefined) return;
              setActive(next);
            }
            event.preventDefault();
          }}
        />
      </div>
    </div>
  );
}

/** Down to the first child, up to the parent, sideways to siblings. Frames come depth first. */
export function frameAfterKey(key: string, flame: Flame, at: number): number | undefined {
  const { frames } = flame;
  const depth = frames[at]?.depth;
  if (depth === undefined) return undefined;
  const beside = (next: Frame) => next.depth <= depth;
  switch (key) {
    case 'ArrowDown':
      return frames[at + 1]?.depth === depth + 1 ? at + 1 : at;
    case 'ArrowUp': {
      const above = frames.findLastIndex((frame, n) => n < at && frame.depth === depth - 1);
      return above < 0 ? at : above;
    }
    case 'ArrowRight': {
      const next = frames.findIndex((frame, n) => n > at && beside(frame));
      return next >= 0 && frames[next]!.depth === depth ? next : at;
    }
    case 'ArrowLeft': {
      const next = frames.findLastIndex((frame, n) => n < at && beside(frame));
      return next >= 0 && frames[next]!.depth === depth ? next : at;
    }
    default:
      return undefined;
  }
}

function FrameWords({ frame, flame }: { frame: Frame; flame: Flame }) {
  return (
    <span>
      <strong>{cut(frame.name, 120)}</strong> <span class="muted">{cut(frame.service, 60)}</span> {duration(frame.total)} (
      {share(frame.total, flame.total)}), {duration(frame.self)} of its own, {counted(frame.spans, 'span')}
      {frame.errors > 0 && <span class="bad">, {counted(frame.errors, 'error')}</span>}
    </span>
  );
}

function paintFlame(
  pen: CanvasRenderingContext2D,
  flame: Flame,
  view: { from: number; total: number },
  width: number,
  height: number,
  ink: Ink,
  active: Frame | undefined,
): void {
  pen.fillStyle = ink.paper;
  pen.fillRect(0, 0, width, height);
  pen.font = ink.smallFont;
  pen.textBaseline = 'middle';
  for (const frame of flame.frames) {
    const left = Math.max(0, ((frame.from - view.from) / view.total) * width);
    const right = Math.min(width, ((frame.from + frame.total - view.from) / view.total) * width);
    if (right - left < 0.5) continue;
    paintFrame(pen, frame, left, right, ink, frame === active);
  }
}

function paintFrame(pen: CanvasRenderingContext2D, frame: Frame, left: number, right: number, ink: Ink, active: boolean): void {
  const top = frame.depth * LEVEL;
  pen.fillStyle = ink.service(frame.service);
  pen.globalAlpha = active ? 0.55 : 0.3;
  pen.fillRect(left, top, right - left - 1, LEVEL - 1);
  pen.globalAlpha = 1;
  if (active || frame.errors > 0) {
    pen.strokeStyle = active ? ink.accent : ink.error;
    pen.lineWidth = active ? 2 : 1;
    pen.strokeRect(left + 1, top + 1, right - left - 3, LEVEL - 3);
  }
  if (right - left < NAMED) return;
  pen.save();
  pen.beginPath();
  pen.rect(left + 4, top, right - left - 8, LEVEL);
  pen.clip();
  pen.fillStyle = ink.text;
  pen.fillText((frame.errors > 0 ? '! ' : '') + cut(frame.name, 120), left + 5, top + LEVEL / 2);
  pen.restore();
}
