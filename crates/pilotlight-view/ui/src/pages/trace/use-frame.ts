// Drawing at most once a frame, however often it is asked for.

import { useCallback, useEffect, useRef } from 'preact/hooks';

/** Gives a function that has `draw` run at the next frame; also runs it after each render. */
export function useFrame(draw: () => void): () => void {
  const latest = useRef(draw);
  latest.current = draw;
  const wanted = useRef(0);
  const ask = useCallback(() => {
    if (wanted.current) return;
    wanted.current = requestAnimationFrame(() => {
      wanted.current = 0;
      latest.current();
    });
  }, []);
  useEffect(ask);
  useEffect(() => () => cancelAnimationFrame(wanted.current), []);
  return ask;
}

/** Gives a canvas as many dots as the screen has there, and a pen that counts in CSS pixels. Null when there is nothing to draw on. */
export function penFor(canvas: HTMLCanvasElement | null, width: number, height: number): CanvasRenderingContext2D | null {
  const pen = canvas?.getContext('2d', { alpha: false });
  if (!canvas || !pen || width < 1 || height < 1) return null;
  const dots = window.devicePixelRatio || 1;
  const wide = Math.round(width * dots);
  const high = Math.round(height * dots);
  // Setting a size clears the canvas and costs, even when it is the same one.
  if (canvas.width !== wide) canvas.width = wide;
  if (canvas.height !== high) canvas.height = high;
  pen.setTransform(dots, 0, 0, dots, 0, 0);
  return pen;
}
