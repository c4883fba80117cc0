// From the service map's answer to boxes and ways that can be laid out and drawn.
import type { Schema } from '../../api/client';
import { cut, milliseconds, rate as often, share } from '../../parts/formats';
import type { Box, Point, Way } from './layout/graph';

export type ServiceMap = Schema<'ServiceMap'>;
export type MapNode = Schema<'MapNode'>;
export type MapEdge = Schema<'Edge'>;

/** More than these are not readable as a drawing; the table has the others. */
export const nodesMax = 200;
export const edgesMax = 500;

export const nodeHeight = 46;
/** Room in a node for what it asks of itself. */
export const selfLine = 16;
/** An edge's label has a line, and one more for errors. */
const labelLine = 15;
const labelWidth = 96;
/** Names are cut after so many characters: the panel and the table show them whole. */
const nameMax = 30;

/** Without the services that did nothing of what is looked at: of others' filters and other times. */
export function busy(map: ServiceMap): ServiceMap {
  const joined = new Set(map.edges.flatMap(({ from, to }) => [from, to]));
  return { ...map, nodes: map.nodes.filter(({ id, count }) => count > 0 || joined.has(id)) };
}

/** The busiest nodes and edges, as many as can be drawn; by name, so that the order stays the same while counts change. */
export function drawable({ nodes, edges }: Pick<ServiceMap, 'nodes' | 'edges'>): { nodes: MapNode[]; edges: MapEdge[] } {
  const kept = busiest(nodes, nodesMax).sort((one, other) => order(one.id, other.id));
  const ids = new Set(kept.map(({ id }) => id));
  const between = edges.filter(({ from, to }) => ids.has(from) && ids.has(to));
  const byEnds = (one: MapEdge, other: MapEdge) =>
    order(one.from, other.from) || order(one.to, other.to) || Number(one.messages) - Number(other.messages);
  return { nodes: kept, edges: busiest(between, edgesMax).sort(byEnds) };
}

function order(one: string, other: string): number {
  return one === other ? 0 : one < other ? -1 : 1;
}

function busiest<T extends { count: number }>(all: readonly T[], most: number): T[] {
  if (all.length <= most) return [...all];
  const least = [...all].sort((one, other) => other.count - one.count).slice(0, most);
  const kept = new Set(least);
  return all.filter((one) => kept.has(one));
}

/** Boxes as large as their names need it, with a line more for what calls itself. Counts change all the time: they change no size. */
export function boxes(nodes: readonly MapNode[], edges: readonly MapEdge[]): Box[] {
  const themselves = new Set(edges.filter(({ from, to }) => from === to).map(({ from }) => from));
  return nodes.map(({ id, name }) => {
    const letters = Math.min(nameMax, Math.max(name.length, 13));
    return { id, width: 40 + letters * 7.2, height: nodeHeight + (themselves.has(id) ? selfLine : 0) };
  });
}

export function ways(edges: readonly MapEdge[]): Way[] {
  return edges.map(({ from, to, errors }) => ({ from, to, labelWidth, labelHeight: errors > 0 ? 2 * labelLine : labelLine }));
}

/** What a layout depends on: as long as it is the same, nothing moves. */
export function structure(nodes: readonly MapNode[], edges: readonly MapEdge[]): string {
  return JSON.stringify([nodes.map(({ id, name }) => [id, name]), edges.map(({ from, to, errors }) => [from, to, errors > 0])]);
}

export function shortName(name: string): string {
  return cut(name, nameMax - 1);
}

/** `12/s · 45 ms`, and below it the errors where there are any: as much as fits on an edge. */
export function edgeLabel({ rate, errors, count, p95_ms }: MapEdge): string[] {
  const well = `${often(rate)} · ${milliseconds(p95_ms)}`;
  return errors > 0 ? [well, `${share(errors, count)} err`] : [well];
}

export function nodeLabel({ rate, errors, count }: MapNode): string {
  return errors > 0 ? `${often(rate)} · ${share(errors, count)} err` : often(rate);
}

export function nodeWords(node: MapNode): string {
  return `${kindWord[node.kind]} ${cut(node.name, 200)}: ${numbers(node)}`;
}

export function edgeWords(edge: MapEdge, names: ReadonlyMap<string, string>): string {
  const name = (id: string) => cut(names.get(id) ?? id, 200);
  return `${name(edge.from)} ${edge.messages ? 'sends to' : 'calls'} ${name(edge.to)}: ${numbers(edge)}`;
}

function numbers({ rate, errors, count, p95_ms }: Pick<MapEdge, 'rate' | 'errors' | 'count' | 'p95_ms'>): string {
  return `${often(rate)}, ${share(errors, count)} errors, p95 ${milliseconds(p95_ms)}`;
}

export const kindWord: Readonly<Record<MapNode['kind'], string>> = {
  service: 'service',
  database: 'database',
  messaging: 'messaging',
  external: 'external',
};

/** How wide a label's ground is: about as wide as its longest line. */
export function groundWidth(lines: readonly string[]): number {
  return 6 + 5.9 * lines.reduce((longest, line) => Math.max(longest, line.length), 0);
}

/** How thick a way is drawn: by the order of magnitude of what goes over it. */
export function thickness(rate: number): number {
  return 1.25 + Math.min(4, Math.max(0, Math.log10(Math.max(rate, 0.1)) + 1)) * 0.6;
}

/** A curve through the points that leaves and arrives level. */
export function curve(points: readonly Point[]): string {
  return points
    .map(({ x, y }, i) => {
      const before = points[i - 1];
      if (!before) return `M${round(x)} ${round(y)}`;
      const middle = round((before.x + x) / 2);
      return `C${middle} ${round(before.y)} ${middle} ${round(y)} ${round(x)} ${round(y)}`;
    })
    .join('');
}

/** The outline of a node: services are boxes, databases drums, brokers hexagons, other hosts clouds of a sort: boxes with cut corners. */
export function outline(kind: MapNode['kind'], width: number, height: number): string {
  const [x, y] = [width / 2, height / 2];
  switch (kind) {
    case 'database':
      return `M${-x} ${-y + 6}A${x} 6 0 0 1 ${x} ${-y + 6}V${y - 6}A${x} 6 0 0 1 ${-x} ${y - 6}ZM${-x} ${-y + 6}A${x} 6 0 0 0 ${x} ${-y + 6}`;
    case 'messaging':
      return `M${-x + 12} ${-y}H${x - 12}L${x} 0L${x - 12} ${y}H${-x + 12}L${-x} 0Z`;
    case 'external':
      return `M${-x + 9} ${-y}H${x - 9}L${x} ${-y + 9}V${y - 9}L${x - 9} ${y}H${-x + 9}L${-x} ${y - 9}V${-y + 9}Z`;
    default:
      return `M${-x + 7} ${-y}H${x - 7}A7 7 0 0 1 ${x} ${-y + 7}V${y - 7}A7 7 0 0 1 ${x - 7} ${y}H${-x + 7}A7 7 0 0 1 ${-x} ${y - 7}V${-y + 7}A7 7 0 0 1 ${-x + 7} ${-y}Z`;
  }
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
