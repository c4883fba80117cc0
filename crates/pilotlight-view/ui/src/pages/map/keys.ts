// What the address calls a node or an edge of the map, and what can be asked of other pages about them.
import { wordFor } from '../../parts/filter';
import { link, type QueryChange } from '../../state/url';
import type { MapEdge, MapNode, ServiceMap } from './drawing';

/** A node has its id; an edge both of its ends', which no node's id looks like. */
export function keyOf(one: MapNode | MapEdge): string {
  if ('id' in one) return one.id;
  return `${one.from} → ${one.to}${one.messages ? ' (messages)' : ''}`;
}

export type Selected = { kind: 'node'; node: MapNode } | { kind: 'edge'; edge: MapEdge };

/** What a key of the address means, when that is there. */
export function selected({ nodes, edges }: ServiceMap, key: string): Selected | undefined {
  const node = nodes.find((one) => keyOf(one) === key);
  if (node) return { kind: 'node', node };
  const edge = edges.find((one) => keyOf(one) === key);
  return edge && { kind: 'edge', edge };
}

/** What is joined to a node or an edge: both ends of an edge, and a node's edges with their other ends. */
export function joinedTo({ edges }: ServiceMap, chosen: Selected | undefined): ReadonlySet<string> | undefined {
  if (!chosen) return undefined;
  if (chosen.kind === 'edge') return new Set([keyOf(chosen.edge), chosen.edge.from, chosen.edge.to]);
  const { id } = chosen.node;
  const own = edges.filter(({ from, to }) => from === id || to === id);
  return new Set([id, ...own.flatMap((edge) => [keyOf(edge), edge.from, edge.to])]);
}

/** The service that a node is; none for what is only seen from its clients. */
export function serviceOf(id: string): string | undefined {
  return id.startsWith('service:') ? id.slice('service:'.length) : undefined;
}

/** A page with what a service did. */
export function serviceLink(path: '/traces' | '/operations' | '/logs', service: string, more: QueryChange, words: string[] = []): string | undefined {
  const word = wordFor('service', '=', service);
  if (word === undefined || service.length > 2000) return undefined;
  return link(path, { filter: [word, ...words].join(' '), ...more });
}
