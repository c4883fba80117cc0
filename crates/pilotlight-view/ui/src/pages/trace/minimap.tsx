// The strip above the waterfall with the whole trace: drag to choose what is shown, drag an edge or the window to change it, double
// click for all of it.

import { useEffect, useMemo, useRef } from 'preact/hooks';
import { px } from '../../parts/px';
import type { Ink } from './ink';
import type { Layout } from './layout';
import { MINIMAP } from './measures';
import { dragged, type Grip, gripAt, paintOverview, paintWindow } from './overview';
import type { Trace } from './types';
import { penFor, useFrame } from './use-frame';
import { clamp, type Range } from './zoom';

export interface MinimapProps {
  trace: Trace;
  layout: Layout;
  range: Range;
  all: Range;
  ink: Ink;
  width: number;
  onRange: (range: Range) => void;
}

export function Minimap({ trace, layout, range, all, ink, width, onRange }: MinimapProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const overview = useMemo(() => document.createElement('canvas'), []);
  const held = useRef<{ grip: Grip; x: number; range: Range } | null>(null);
  useEffect(() => {
    const pen = penFor(overview, width, MINIMAP);
    if (pen) paintOverview(pen, trace, layout.rows, all, width, ink);
  }, [overview, trace, layout, all, width, ink]);
  useFrame(() => {
    const pen = penFor(canvas.current, width, MINIMAP);
    if (!pen || overview.width < 1) return;
    pen.drawImage(overview, 0, 0, width, MINIMAP);
    paintWindow(pen, range, all, width, ink);
  });
  const xOf = (event: PointerEvent) => event.clientX - canvas.current!.getBoundingClientRect().left;
  const gripNow = (event: PointerEvent) => gripAt(range, all, width, xOf(event));
  return (
    <canvas
      ref={canvas}
      class="minimap"
      style={{ width: px(width), height: px(MINIMAP) }}
      aria-hidden="true"
      onPointerDown={(event) => {
        held.current = { grip: gripNow(event), x: xOf(event), range };
        event.currentTarget.setPointerCapture(event.pointerId);
      }}
      onPointerMove={(event) => {
        const { grip, x, range: before } = held.current ?? {};
        event.currentTarget.dataset.grip = grip ?? gripNow(event);
        if (!grip || x === undefined || !before || Math.abs(xOf(event) - x) < 3) return;
        onRange(clamp(dragged(grip, before, all, width, x, xOf(event)), all));
      }}
      onPointerUp={() => (held.current = null)}
      onPointerCancel={() => (held.current = null)}
      onDblClick={() => onRange(all)}
    />
  );
}
