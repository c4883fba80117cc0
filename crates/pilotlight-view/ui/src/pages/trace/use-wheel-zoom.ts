// The wheel in the waterfall: with ctrl it zooms around the pointer, with shift (or sideways) it moves in time, else it scrolls.

import type { RefObject } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { pan, type Range, zoomAround } from './zoom';

export interface WheelZoom {
  range: Range;
  all: Range;
  /** The moment below a pixel of the element. */
  timeAt: (x: number) => number;
  /** How many pixels the range has. */
  wide: number;
  onRange: (range: Range) => void;
}

export function useWheelZoom(element: RefObject<HTMLElement | null>, given: WheelZoom): void {
  const latest = useRef(given);
  latest.current = given;
  useEffect(() => {
    const turned = element.current;
    if (!turned) return;
    const turn = (event: WheelEvent) => {
      const next = afterWheel(event, latest.current, turned.getBoundingClientRect().left);
      if (!next) return;
      event.preventDefault();
      latest.current.onRange(next);
    };
    // Not passive, or the browser would zoom the whole page as well.
    turned.addEventListener('wheel', turn, { passive: false });
    return () => turned.removeEventListener('wheel', turn);
  }, [element]);
}

function afterWheel(event: WheelEvent, given: WheelZoom, left: number): Range | null {
  const { range, all, timeAt, wide, onRange: _ } = given;
  if (event.ctrlKey || event.metaKey) {
    // A pinch comes as small steps and a mouse wheel as large ones; neither may jump.
    const factor = Math.min(1.5, Math.max(1 / 1.5, Math.exp(event.deltaY * 0.01)));
    return zoomAround(range, all, timeAt(event.clientX - left), factor);
  }
  const sideways = event.shiftKey && event.deltaX === 0 ? event.deltaY : event.deltaX;
  if (sideways === 0 || Math.abs(sideways) < Math.abs(event.shiftKey ? 0 : event.deltaY)) return null;
  return pan(range, all, sideways / Math.max(1, wide));
}
