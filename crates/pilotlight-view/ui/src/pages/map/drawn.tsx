// The pieces of the drawn map: a node, an edge, the heads of the arrows.
import { serviceColour } from '../../charts/colours';
import { cut } from '../../parts/formats';
import { useShade } from '../../state/theme';
import { type MapEdge, type MapNode, curve, edgeLabel, edgeWords, groundWidth, nodeHeight, nodeLabel, nodeWords, outline, shortName, thickness } from './drawing';
import { serviceOf } from './keys';
import type { PlacedBox, PlacedWay, Point } from './layout/graph';

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

/** SVG's attributes are written as they are: `tabIndex` would be another one. */
function piece({ tabIndex, chosen, dim, ...events }: Each, name: string, words: string) {
  const classes = [name, chosen && 'map-chosen', dim && 'map-dim'].filter(Boolean).join(' ');
  return { ...events, tabindex: tabIndex, class: classes, role: 'button', 'aria-pressed': chosen, 'aria-label': words } as const;
}

export function NodeDrawing({ node, box, ...each }: Each & { node: MapNode; box: PlacedBox | undefined }) {
  const shade = useShade();
  if (!box) return null;
  const service = serviceOf(node.id);
  // What calls itself has a line more below; a drum's rim takes a little above.
  const middle = (nodeHeight - box.height) / 2 + (node.kind === 'database' ? 5 : 0);
  const stroke = service === undefined ? undefined : { stroke: serviceColour(service, shade) };
  return (
    <g {...piece(each, `map-node map-${node.kind}`, nodeWords(node))} transform={`translate(${box.x} ${box.y})`}>
      <title>{cut(node.name, 300)}</title>
      <path d={outline(node.kind, box.width, box.height)} style={stroke} />
      <text y={middle - 3} class="map-name">
        {shortName(node.name)}
      </text>
      <text y={middle + 13} class={node.errors > 0 ? 'map-numbers map-failed' : 'map-numbers'}>
        {nodeLabel(node)}
      </text>
    </g>
  );
}

interface EdgeProps extends Each {
  edge: MapEdge;
  names: ReadonlyMap<string, string>;
}

interface WayProps extends EdgeProps {
  /** None for what calls itself: see {@link OwnDrawing}. */
  way: PlacedWay | undefined;
  /** Where the arrows' heads are defined. */
  arrows: string;
}

export function EdgeDrawing({ edge, way, names, arrows, ...each }: WayProps) {
  if (!way) return null;
  const path = curve(way.points);
  const failed = edge.errors > 0;
  const name = ['map-edge', failed && 'map-edge-failed', edge.messages && 'map-edge-messages'].filter(Boolean).join(' ');
  const words = edgeWords(edge, names);
  return (
    <g {...piece(each, name, words)}>
      <title>{words}</title>
      <path d={path} class="map-way-reach" />
      <path d={path} class="map-way" style={{ strokeWidth: thickness(edge.rate) }} marker-end={`url(#${arrows}-${failed ? 'failed' : 'well'})`} />
      <Label lines={edgeLabel(edge)} at={way.label} />
    </g>
  );
}

/** What calls itself: a line in its node. */
export function OwnDrawing({ edge, box, names, ...each }: EdgeProps & { box: PlacedBox | undefined }) {
  if (!box) return null;
  const words = edgeWords(edge, names);
  return (
    <g {...piece(each, 'map-edge', words)}>
      <title>{words}</title>
      <text x={box.x} y={ownY(box) + 4} class={edge.errors > 0 ? 'map-label map-failed' : 'map-label'}>
        ↻ {edgeLabel(edge).join(' · ')}
      </text>
    </g>
  );
}

/** How high the line of what a node asks of itself stands. */
export function ownY({ y, height }: PlacedBox): number {
  return y + height / 2 - 13;
}

const lineHeight = 13;

function Label({ lines, at: { x, y } }: { lines: readonly string[]; at: Point }) {
  const width = groundWidth(lines);
  const height = lines.length * lineHeight + 2;
  return (
    <>
      <rect x={x - width / 2} y={y - height / 2} width={width} height={height} class="map-ground" />
      <text x={x} y={y - ((lines.length - 1) * lineHeight) / 2 + 4} class="map-label">
        {lines.map((line, i) => (
          <tspan key={i} x={x} dy={i === 0 ? 0 : lineHeight} class={i > 0 ? 'map-failed' : undefined}>
            {line}
          </tspan>
        ))}
      </text>
    </>
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
