// From the service map's answer to boxes and ways that can be laid out and drawn.
import type { Schema } from '../../api/client';
import { cut, milliseconds, rate as often, share } from '../../parts/formats';
import type { Box, Point, Way } from './layout/graph';

export type ServiceMap = Schema<'ServiceMap'>;
export type MapNode = Schema<'MapNode'>;
export type MapEdge = Schema<'Edge'>;

/** More than these are not readable as a drawing; the table has all of them. */
export const nodesMax = 200;
export const edgesMax = 500;

export const nodeHeight = 46;
export const edgeLabelHeight = 17;
/** Names are cut after so many characters: the panel and the table show them whole. */
const nameMax = 30;

/** The busiest nodes and edges, as many as can be drawn. */
export function drawable({ nodes, edges }: Pick<ServiceMap, 'nodes' | 'edges'>): { nodes: MapNode[]; edges: MapEdge[] } {
  const kept = busiest(nodes, nodesMax);
  const ids = new Set(kept.map(({ id }) => id));
  return { nodes: kept, edges: busiest(edges.filter(({ from, to }) => ids.has(from) && ids.has(to)), edgesMax) };
}

function busiest<T extends { count: number }>(all: readonly T[], most: number): T[] {
  if (all.length <= most) return [...all];
  const least = [...all].sort((one, other) => other.count - one.count).slice(0, most);
  const kept = new Set(least);
  return all.filter((one) => kept.has(one));
}

/** Boxes of the width that their texts need. Counts change all the time: widths go in steps, so that the map stands still. */
export function boxes(nodes: readonly MapNode[]): Box[] {
  return nodes.map(({ id, name }) => {
    const letters = Math.min(nameMax, Math.max(name.length, 14));
    return { id, width: 40 + letters * 7.4, height: nodeHeight };
  });
}

export function ways(edges: readonly MapEdge[]): Way[] {
  return edges.map(({ from, to }) => ({ from, to, labelWidth: 150, labelHeight: edgeLabelHeight }));
}

/** What a layout depends on: as long as it is the same, nothing moves. */
export function structure(nodes: readonly MapNode[], edges: readonly MapEdge[]): string {
  return JSON.stringify([nodes.map(({ id, name }) => [id, name]), edges.map(({ from, to }) => [from, to])]);
}

export function shortName(name: string): string {
  return cut(name, nameMax - 1);
}

/** `12/s · 3% · 45 ms`: as much as fits on an edge. */
export function edgeLabel({ rate, errors, count, p95_ms }: MapEdge): string {
  const failed = errors > 0 ? [`${share(errors, count)} err`] : [];
  return [often(rate), ...failed, milliseconds(p95_ms)].join(' · ');
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

/** A loop above the right upper corner of a box, for what calls itself. */
export function loop({ x, y, width, height }: { x: number; y: number; width: number; height: number }): string {
  const right = round(x + width / 2 - 10);
  const top = round(y - height / 2);
  return `M${right - 18} ${top}C${right - 22} ${top - 26} ${right + 18} ${top - 26} ${right} ${top}`;
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
