// A canvas as wide as its place, sharp on any screen, drawn again when its size, the colours or what it shows changes.
import type { ComponentProps } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { useShade } from '../state/theme';
import { px } from './px';

interface Props extends Omit<ComponentProps<'canvas'>, 'ref' | 'role' | 'height' | 'label'> {
  /** CSS pixels. */
  readonly height: number;
  readonly cursor?: string;
  /** What a screen reader says of the picture. */
  readonly label: string;
  /** Draws on a cleared canvas, in CSS pixels. */
  readonly onDraw: (context: CanvasRenderingContext2D, width: number, height: number) => void;
  /** Draws again when one of these changes. */
  readonly when: readonly unknown[];
}

export function Canvas({ height, cursor, label, onDraw, when, ...rest }: Props) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [width, setWidth] = useState(0);
  const shade = useShade();
  useLayoutEffect(() => {
    const element = canvas.current;
    if (!element) return;
    const observer = new ResizeObserver(() => setWidth(element.clientWidth));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  useEffect(() => {
    const element = canvas.current;
    const context = element?.getContext('2d');
    if (!element || !context || width === 0) return;
    const scale = devicePixelRatio || 1;
    element.width = Math.round(width * scale);
    element.height = Math.round(height * scale);
    context.setTransform(scale, 0, 0, scale, 0, 0);
    onDraw(context, width, height);
  }, [width, height, shade, ...when]);
  return <canvas ref={canvas} role="img" aria-label={label} class="canvas" style={{ height: px(height), cursor }} {...rest} />;
}
