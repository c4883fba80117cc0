// The waterfall: a canvas that draws the rows in view, below a transparent scroller that is as tall as all rows. Scrolling, pointing and
// keys happen on the scroller; nothing but the canvas is drawn again while it scrolls.

import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { ServiceName } from '../../parts/chips';
import { px } from '../../parts/px';
import { scrollToShow } from '../../parts/visible';
import { Divider } from './divider';
import type { Ink } from './ink';
import { actionOf, type Action } from './keys';
import type { Layout } from './layout';
import { GUTTER_LEAST, ROW } from './measures';
import { Minimap } from './minimap';
import { paint } from './paint';
import { type Picture, type Spot, spotAt, timeWidth } from './picture';
import { Ruler } from './ruler';
import { selfTimes } from './self-time';
import { SpanTooltip } from './span-tooltip';
import { STAND_IN, TreeStandIn } from './tree-stand-in';
import type { Tree } from './tree';
import type { Trace } from './types';
import { penFor, useFrame } from './use-frame';
import { useSize } from './use-size';
import { useTimeDrag } from './use-time-drag';
import { useWheelZoom } from './use-wheel-zoom';
import { fromX, type Range } from './zoom';

export interface WaterfallProps {
  trace: Trace;
  tree: Tree;
  layout: Layout;
  /** Positions of spans with errors, rising. */
  errors: readonly number[];
  found: ReadonlySet<number>;
  /** The position of the selected span, -1 for none. */
  selected: number;
  range: Range;
  all: Range;
  ink: Ink;
  onAction: (action: Action, by: 'key' | 'pointer') => void;
  onRange: (range: Range) => void;
}

export function Waterfall(props: WaterfallProps) {
  const { trace, tree, layout, range, all, ink, selected } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const size = useSize(scroller);
  const [gutter, setGutter] = useState(380);
  const [spot, setSpot] = useState<(Spot & { x: number; y: number }) | null>(null);
  const selfOf = useMemo(() => selfTimes(tree, trace.spans), [tree, trace]);
  const gutterShown = Math.max(GUTTER_LEAST, Math.min(gutter, size.width * 0.6));
  const pictureNow = useCallback((): Picture => ({
    trace, tree, layout, selfOf, range, selected, ink,
    width: size.width,
    height: size.height,
    gutter: gutterShown,
    scrollTop: scroller.current?.scrollTop ?? 0,
    hovered: spot?.span ?? -1,
    found: props.found,
  }), [trace, tree, layout, selfOf, range, selected, ink, size, gutterShown, spot?.span, props.found]);
  const draw = useFrame(() => {
    const pen = penFor(canvas.current, size.width, size.height);
    if (pen) paint(pen, pictureNow());
  });
  const wide = timeWidth({ width: size.width, gutter: gutterShown });
  const timeAt = (x: number) => fromX(range, wide, x - gutterShown);
  useWheelZoom(scroller, { range, all, timeAt, wide, onRange: props.onRange });
  useSelectedInView(scroller, layout, selected, size.height);

  const pointAt = (event: PointerEvent) => {
    const box = scroller.current!.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };
  const drag = useTimeDrag({ gutter: gutterShown, timeAt, all, onRange: props.onRange, pointAt });
  const click = (event: PointerEvent) => {
    const { x, y } = pointAt(event);
    const at = spotAt(pictureNow(), x, y);
    if (!at) return;
    props.onAction(at.part === 'caret' ? { to: 'fold', span: at.span } : { to: 'span', span: at.span }, 'pointer');
    if (at.part !== 'caret') props.onAction({ to: 'open' }, 'pointer');
  };
  const point = (event: PointerEvent) => {
    if (drag.move(event)) return setSpot(null);
    const { x, y } = pointAt(event);
    const at = spotAt(pictureNow(), x, y);
    setSpot(at && { ...at, x, y });
  };
  const press = (event: KeyboardEvent) => {
    const page = Math.max(1, Math.floor(size.height / ROW) - 1);
    const action = actionOf(event, layout, tree, props.errors, selected, page);
    if (!action) return;
    event.preventDefault();
    props.onAction(action, 'key');
  };
  useKeysOfPage(scroller, press);

  return (
    <div class="waterfall">
      <div class="waterfall-head">
        <div class="waterfall-corner" style={{ width: px(gutterShown) }}>
          <Legend services={trace.services} />
          <span>
            Operation <span class="muted">service</span>
          </span>
        </div>
        <div class="waterfall-time">
          <Minimap trace={trace} layout={layout} range={range} all={all} ink={ink} width={wide} onRange={props.onRange} />
          <Ruler range={range} width={wide} />
        </div>
      </div>
      <div class="waterfall-body">
        <canvas ref={canvas} class="waterfall-canvas" aria-hidden="true" />
        <div
          ref={scroller}
          class="waterfall-scroller"
          data-part={spot?.part}
          role="tree"
          tabIndex={0}
          aria-label={`Spans of the trace, ${layout.rows.length} rows`}
          aria-activedescendant={(layout.rowOf[selected] ?? -1) >= 0 ? STAND_IN : undefined}
          onScroll={() => {
            setSpot(null);
            draw();
          }}
          onPointerMove={point}
          onPointerLeave={() => setSpot(null)}
          onPointerDown={drag.start}
          onPointerUp={(event) => {
            if (!drag.end(event)) click(event);
          }}
          onPointerCancel={drag.cancel}
          onKeyDown={press}
        >
          <TreeStandIn trace={trace} tree={tree} layout={layout} selected={selected} />
          <div role="none" style={{ height: px(layout.rows.length * ROW) }} />
        </div>
        {drag.band && <div class="waterfall-band" style={{ left: px(drag.band.left), width: px(drag.band.width) }} />}
        {spot && <SpanTooltip trace={trace} spot={spot} width={size.width} height={size.height} />}
        <Divider label="Width of the names" at={gutterShown} least={GUTTER_LEAST} most={size.width * 0.6} onMove={setGutter} />
      </div>
    </div>
  );
}

/** More names than these do not fit; the rows name them all. */
const LEGEND_MAX = 12;

function Legend({ services }: { services: readonly string[] }) {
  return (
    <ul class="legend-services" aria-label="Services">
      {services.slice(0, LEGEND_MAX).map((service, at) => (
        <li key={at}>
          <ServiceName service={service} />
        </li>
      ))}
    </ul>
  );
}

/** Scrolls to what was selected by key, link or notice. Nothing happens when it can be seen. */
function useSelectedInView(scroller: { current: HTMLElement | null }, layout: Layout, selected: number, height: number): void {
  const known = height > 0;
  useLayoutEffect(() => {
    const row = layout.rowOf[selected] ?? -1;
    if (row >= 0 && scroller.current && known) {
      scroller.current.scrollTop = scrollToShow(row, ROW, scroller.current.scrollTop, scroller.current.clientHeight);
    }
  }, [selected, layout, known]);
}

/** Keys work at once after a trace was opened, without a click into it first; but nothing is taken from someone who types. */
function useKeysOfPage(scroller: { current: HTMLElement | null }, press: (event: KeyboardEvent) => void): void {
  const latest = useRef(press);
  latest.current = press;
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      if (event.defaultPrevented || !(event.target === document.body || event.target instanceof HTMLHeadingElement)) return;
      latest.current(event);
      if (event.defaultPrevented && document.activeElement === event.target) scroller.current?.focus({ preventScroll: true });
    };
    document.addEventListener('keydown', pressed);
    return () => document.removeEventListener('keydown', pressed);
  }, [scroller]);
}
