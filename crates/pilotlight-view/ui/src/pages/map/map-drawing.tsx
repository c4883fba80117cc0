// The map drawn: boxes and ways, moved and scaled, walked over with the arrow keys.
import { useEffect, useId, useMemo, useRef, useState } from 'preact/hooks';
import { type MapEdge, type MapNode, type ServiceMap, boxes, drawable, structure, ways } from './drawing';
import { Arrows, type Each, EdgeDrawing, NodeDrawing, OwnDrawing, ownY } from './drawn';
import { joinedTo, keyOf, selected } from './keys';
import type { Layout } from './layout/graph';
import { layout } from './layout/layout';
import { Shapes } from './shapes';
import { useView } from './use-view';
import { showing, zoomedAt } from './view';
import { type Stop, next } from './walk';

interface Props {
  map: ServiceMap;
  /** What the address has selected. */
  chosen: string;
  onChoose: (key: string | undefined) => void;
}

/** Below this scale labels cannot be read, and are only drawn where they are asked for. */
const labelScaleMin = 0.5;

export function MapDrawing({ map, chosen, onChoose }: Props) {
  const id = useId();
  const screen = useRef<SVGSVGElement>(null);
  const { nodes, edges } = useMemo(() => drawable(map), [map]);
  const form = structure(nodes, edges);
  const placed = useMemo(() => layout(boxes(nodes, edges), ways(edges)), [form]);
  const wayAt = useMemo(() => new Map(placed.ways.map((way) => [way.index, way])), [placed]);
  const boxOf = useMemo(() => new Map(placed.boxes.map((box) => [box.id, box])), [placed]);
  const { view, size, change, fit, onPointerDown } = useView(screen, placed);
  const [at, setAt] = useState<string | null>(null);
  const [hovered, setHovered] = useState<string | null>(null);
  const names = useMemo(() => new Map(map.nodes.map((node) => [node.id, node.name])), [map]);
  const bright = joinedTo(map, selected(map, hovered ?? chosen));
  const stops = useMemo(() => stopsOf(nodes, edges, placed), [placed]);
  const active = stops.some(({ key }) => key === (at ?? chosen)) ? (at ?? chosen) : (stops[0]?.key ?? '');

  const focused = useRef(false);
  useEffect(() => {
    // Only whoever walks is followed: a click does not move the map.
    if (!focused.current) return;
    focused.current = false;
    screen.current?.querySelector<SVGGElement>('[tabindex="0"]')?.focus({ preventScroll: true });
    const stop = stops.find(({ key }) => key === at);
    if (stop) change((view) => showing(view, stop.x, stop.y, size));
  }, [at]);

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const middle = [size.width / 2, size.height / 2] as const;
    const stop = next(stops, active, event.key);
    if (stop) {
      focused.current = true;
      setAt(stop.key);
    } else if (event.key === 'Enter' || event.key === ' ') onChoose(active === chosen ? undefined : active);
    else if (event.key === 'Escape') onChoose(undefined);
    else if (event.key === '+') change((view) => zoomedAt(view, ...middle, 1.25));
    else if (event.key === '-') change((view) => zoomedAt(view, ...middle, 0.8));
    else if (event.key === '0') fit();
    else if (!event.key.startsWith('Arrow')) return;
    event.preventDefault();
  };
  const each = (key: string): Each => ({
    tabIndex: key === active ? 0 : -1,
    chosen: key === chosen,
    onClick: () => {
      setAt(key);
      onChoose(key === chosen ? undefined : key);
    },
    onPointerEnter: () => setHovered(key),
    onPointerLeave: () => setHovered(null),
    dim: bright !== undefined && !bright.has(key),
  });

  return (
    <div class="map-frame">
      <svg
        ref={screen}
        class={view.scale < labelScaleMin ? 'map-drawing map-far' : 'map-drawing'}
        role="group"
        aria-label={`Service map of ${nodes.length} nodes and ${edges.length} edges. Arrow keys walk over them, enter shows numbers.`}
        onPointerDown={onPointerDown}
        onKeyDown={onKeyDown}
      >
        <Arrows id={id} />
        <g transform={`translate(${view.x} ${view.y}) scale(${view.scale})`}>
          {edges.map((edge, i) => (
            <EdgeDrawing key={keyOf(edge)} {...each(keyOf(edge))} edge={edge} way={wayAt.get(i)} names={names} arrows={id} />
          ))}
          {nodes.map((node) => (
            <NodeDrawing key={node.id} {...each(node.id)} node={node} box={boxOf.get(node.id)} />
          ))}
          {edges.filter(isOwn).map((edge) => (
            <OwnDrawing key={keyOf(edge)} {...each(keyOf(edge))} edge={edge} box={boxOf.get(edge.from)} names={names} />
          ))}
        </g>
      </svg>
      <div class="map-tools">
        <button type="button" aria-label="Zoom in" onClick={() => change((view) => zoomedAt(view, size.width / 2, size.height / 2, 1.25))}>
          +
        </button>
        <button type="button" aria-label="Zoom out" onClick={() => change((view) => zoomedAt(view, size.width / 2, size.height / 2, 0.8))}>
          −
        </button>
        <button type="button" onClick={fit}>
          Fit
        </button>
      </div>
      <Shapes />
    </div>
  );
}

/** Of what calls itself. */
function isOwn({ from, to }: MapEdge): boolean {
  return from === to;
}

/** Where the arrow keys lead: nodes, and the labels of the edges between and in them; from the left to the right. */
function stopsOf(nodes: readonly MapNode[], edges: readonly MapEdge[], { boxes, ways }: Layout): Stop[] {
  const known = new Set(nodes.map(({ id }) => id));
  const boxOf = new Map(boxes.map((box) => [box.id, box]));
  const stops = [
    ...boxes.filter(({ id }) => known.has(id)).map(({ id, x, y }) => ({ key: id, x, y })),
    ...ways.map(({ index, label }) => ({ key: keyOf(edges[index]!), ...label })),
    ...edges.filter(isOwn).flatMap((edge) => {
      const box = boxOf.get(edge.from);
      return box ? [{ key: keyOf(edge), x: box.x, y: ownY(box) }] : [];
    }),
  ];
  return stops.sort((one, other) => one.x - other.x || one.y - other.y);
}
