// A line that is dragged, or moved with the arrow keys, to make what is on one side of it wider.

import { useRef } from 'preact/hooks';
import { px } from '../../parts/px';

export interface DividerProps {
  label: string;
  /** Where it is, pixels from the left edge of what it divides; or from the right edge. */
  at: number;
  from?: 'left' | 'right';
  least: number;
  most: number;
  onMove: (at: number) => void;
}

/** How far an arrow key moves it, pixels. */
const STEP = 20;

export function Divider({ label, at, from = 'left', least, most, onMove }: DividerProps) {
  const held = useRef<{ x: number; at: number } | null>(null);
  const outwards = from === 'left' ? 1 : -1;
  const moveTo = (wanted: number) => onMove(Math.max(least, Math.min(most, wanted)));
  return (
    <div
      class="divider"
      role="separator"
      aria-orientation="vertical"
      aria-label={label}
      aria-valuenow={Math.round(at)}
      aria-valuemin={Math.round(least)}
      aria-valuemax={Math.round(most)}
      tabIndex={0}
      style={from === 'left' ? { left: px(at - 7) } : {}}
      onPointerDown={(event) => {
        held.current = { x: event.clientX, at };
        event.currentTarget.setPointerCapture(event.pointerId);
      }}
      onPointerMove={(event) => {
        if (held.current) moveTo(held.current.at + (event.clientX - held.current.x) * outwards);
      }}
      onPointerUp={() => (held.current = null)}
      onPointerCancel={() => (held.current = null)}
      onKeyDown={(event) => {
        const step = event.key === 'ArrowLeft' ? -STEP : event.key === 'ArrowRight' ? STEP : 0;
        if (step === 0) return;
        event.preventDefault();
        moveTo(at + step * outwards);
      }}
    />
  );
}
