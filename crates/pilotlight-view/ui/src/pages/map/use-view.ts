// Which part of the map is seen, moved by dragging and scaled by the wheel. Until a hand moves it, all of the map is shown.
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { RefObject } from 'preact';
import { type Size, type View, fitted, moved, zoomedAt } from './view';

/** Less than this is a click, in pixels. */
const dragMin = 4;

export interface Moving {
  readonly view: View;
  readonly size: Size;
  readonly change: (next: (view: View) => View) => void;
  /** Shows all of it again. */
  readonly fit: () => void;
  readonly onPointerDown: (event: PointerEvent) => void;
}

export function useView(screen: RefObject<SVGSVGElement | null>, map: Size): Moving {
  const size = useSize(screen);
  const [byHand, setByHand] = useState<View | null>(null);
  const whole = useMemo(() => fitted(map, size), [map.width, map.height, size.width, size.height]);
  const view = byHand ?? whole;
  const now = useRef(view);
  now.current = view;
  const change = (next: (view: View) => View) => {
    now.current = next(now.current);
    setByHand(now.current);
  };
  useWheel(screen, change);
  return { view, size, change, fit: () => setByHand(null), onPointerDown: (event) => drag(event, change) };
}

function useSize(screen: RefObject<SVGSVGElement | null>): Size {
  const [size, setSize] = useState<Size>({ width: 800, height: 500 });
  useEffect(() => {
    const element = screen.current;
    if (!element) return;
    const look = () => setSize({ width: element.clientWidth, height: element.clientHeight });
    const observer = new ResizeObserver(look);
    observer.observe(element);
    look();
    return () => observer.disconnect();
  }, []);
  return size;
}

/** By hand, since a listener of the framework would be passive, and the page would scroll as well. */
function useWheel(screen: RefObject<SVGSVGElement | null>, change: Moving['change']): void {
  const current = useRef(change);
  current.current = change;
  useEffect(() => {
    const element = screen.current;
    if (!element) return;
    const turn = (event: WheelEvent) => {
      event.preventDefault();
      const { left, top } = element.getBoundingClientRect();
      const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1;
      const factor = Math.exp(-Math.max(-200, Math.min(200, event.deltaY * lines)) * 0.002);
      current.current((view) => zoomedAt(view, event.clientX - left, event.clientY - top, factor));
    };
    element.addEventListener('wheel', turn, { passive: false });
    return () => element.removeEventListener('wheel', turn);
  }, []);
}

/** The pointer is followed from the first few pixels on: before that it may still be a click on a node. */
function drag(event: PointerEvent, change: Moving['change']): void {
  const element = event.currentTarget;
  if (event.button !== 0 || !(element instanceof Element)) return;
  const begin = { x: event.clientX, y: event.clientY };
  let last = begin;
  let dragging = false;
  const move = (event: PointerEvent) => {
    if (!dragging && Math.hypot(event.clientX - begin.x, event.clientY - begin.y) < dragMin) return;
    if (!dragging) element.setPointerCapture(event.pointerId);
    dragging = true;
    const { x, y } = last;
    last = { x: event.clientX, y: event.clientY };
    change((view) => moved(view, last.x - x, last.y - y));
  };
  const end = () => {
    removeEventListener('pointermove', move);
    removeEventListener('pointerup', end);
    removeEventListener('pointercancel', end);
  };
  addEventListener('pointermove', move);
  addEventListener('pointerup', end);
  addEventListener('pointercancel', end);
}
