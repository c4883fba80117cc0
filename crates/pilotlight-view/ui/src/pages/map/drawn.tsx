// The pieces of the drawn map: a node, an edge, the heads of the arrows.
import { serviceColour } from '../../charts/colours';
import { cut } from '../../parts/formats';
import { useShade } from '../../state/theme';
import { type MapEdge, type MapNode, curve, edgeLabel, edgeWords, loop, nodeLabel, nodeWords, outline, shortName, thickness } from './drawing';
import { serviceOf } from './keys';
import type { PlacedBox, PlacedWay } from './layout/graph';

/** What nodes and edges have in common. */
export interface Each {
  tabIndex: number;
  chosen: boolean;
  /** Another one is looked at, and this is not joined to it. */
  dim: boolean;
  onClick: () => void;
  onPointerEnter: () => void;
  onPointerLeave: () => void;
}

function piece({ tabIndex, chosen, dim, ...events }: Each, name: string, words: string) {
  const classes = [name, chosen && 'map-chosen', dim && 'map-dim'].filter(Boolean).join(' ');
  return { ...events, tabIndex, class: classes, role: 'button', 'aria-pressed': chosen, 'aria-label': words } as const;
}

export function NodeDrawing({ node, box, ...each }: Each & { node: MapNode; box: PlacedBox | undefined }) {
  const shade = useShade();
  if (!box) return null;
  const service = serviceOf(node.id);
  const stroke = service === undefined ? undefined : { stroke: serviceColour(service, shade) };
  return (
    <g {...piece(each, `map-node map-${node.kind}`, nodeWords(node))} transform={`translate(${box.x} ${box.y})`}>
      <title>{cut(node.name, 300)}</title>
      <path d={outline(node.kind, box.width, box.height)} style={stroke} />
      <text y={-3} class="map-name">
        {shortName(node.name)}
      </text>
      <text y={13} class={node.errors > 0 ? 'map-numbers map-failed' : 'map-numbers'}>
        {nodeLabel(node)}
      </text>
    </g>
  );
}

interface EdgeProps extends Each {
  edge: MapEdge;
  /** None for what calls itself: that is drawn at its box. */
  way: PlacedWay | undefined;
  box: PlacedBox | undefined;
  names: ReadonlyMap<string, string>;
  /** Where the arrows' heads are defined. */
  arrows: string;
}

export function EdgeDrawing({ edge, way, box, names, arrows, ...each }: EdgeProps) {
  const path = way ? curve(way.points) : box && loop(box);
  if (path === undefined || (!way && !box)) return null;
  const failed = edge.errors > 0;
  const label = way?.label ?? { x: box!.x + box!.width / 2 - 20, y: box!.y - box!.height / 2 - 24 };
  const name = ['map-edge', failed && 'map-edge-failed', edge.messages && 'map-edge-messages'].filter(Boolean).join(' ');
  return (
    <g {...piece(each, name, edgeWords(edge, names))}>
      <title>{edgeWords(edge, names)}</title>
      <path d={path} class="map-way-reach" />
      <path d={path} class="map-way" style={{ strokeWidth: thickness(edge.rate) }} marker-end={`url(#${arrows}-${failed ? 'failed' : 'well'})`} />
      <text x={label.x} y={label.y + 4} class={failed ? 'map-label map-failed' : 'map-label'}>
        {edgeLabel(edge)}
      </text>
    </g>
  );
}

export function Arrows({ id }: { id: string }) {
  return (
    <defs>
      {['well', 'failed'].map((kind) => (
        <marker key={kind} id={`${id}-${kind}`} class={`map-arrow-${kind}`} viewBox="0 0 8 8" refX="7" refY="4" markerWidth="9" markerHeight="9" markerUnits="userSpaceOnUse" orient="auto">
          <path d="M0 0.500L8 4L0 7.500z" />
        </marker>
      ))}
    </defs>
  );
}
