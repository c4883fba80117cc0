// Drawing a band over the bars to look closer at that stretch of time.

import { useState } from 'preact/hooks';
import { between, type Range } from './zoom';

/** Less than this is a click with an unsteady hand, pixels. */
const LEAST = 5;

export interface TimeDrag {
  gutter: number;
  timeAt: (x: number) => number;
  all: Range;
  onRange: (range: Range) => void;
  pointAt: (event: PointerEvent) => { x: number; y: number };
}

export function useTimeDrag(given: TimeDrag) {
  const [held, setHeld] = useState<{ from: number; to: number } | null>(null);
  const wideEnough = held !== null && Math.abs(held.to - held.from) >= LEAST;
  return {
    band: wideEnough ? { left: Math.min(held.from, held.to), width: Math.abs(held.to - held.from) } : null,
    start(event: PointerEvent) {
      const { x } = given.pointAt(event);
      // Fingers scroll; the scroll bar is the browser's.
      const onScrollBar = x > (event.currentTarget as HTMLElement).clientWidth;
      if (event.button !== 0 || event.pointerType === 'touch' || x < given.gutter || onScrollBar) return;
      (event.currentTarget as HTMLElement).setPointerCapture(event.pointerId);
      setHeld({ from: x, to: x });
    },
    /** Whether a band is being drawn. */
    move(event: PointerEvent): boolean {
      if (!held) return false;
      const x = Math.max(given.gutter, given.pointAt(event).x);
      setHeld({ from: held.from, to: x });
      return Math.abs(x - held.from) >= LEAST;
    },
    /** Whether it was a band and not a click. */
    end(_: PointerEvent): boolean {
      setHeld(null);
      if (!held || !wideEnough) return false;
      given.onRange(between(given.timeAt(held.from), given.timeAt(held.to), given.all));
      return true;
    },
    cancel() {
      setHeld(null);
    },
  };
}
