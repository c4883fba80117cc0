import { describe, expect, it } from 'vitest';
import type { MapEdge, MapNode } from './drawing';
import { joinedTo, keyOf, selected, serviceLink, serviceOf } from './keys';

const node = (id: string): MapNode => ({ id, name: id, kind: 'service', count: 1, rate: 1, errors: 0, p95_ms: 1 });
const edge = (from: string, to: string, messages = false): MapEdge => ({ from, to, count: 1, rate: 1, errors: 0, p50_ms: 1, p95_ms: 1, messages });
const map = {
  nodes: [node('service:web'), node('service:orders'), node('database:postgresql shop'), node('service:alone')],
  edges: [edge('service:web', 'service:orders'), edge('service:web', 'service:orders', true), edge('service:orders', 'database:postgresql shop')],
  edges_left_out: 0,
  from_ms: 0,
  to_ms: 1,
  complete: true,
};

describe('what is selected on the map', () => {
  it('is found again by what the address calls it', () => {
    for (const one of [...map.nodes, ...map.edges]) {
      const found = selected(map, keyOf(one));
      expect(found?.kind === 'node' ? found.node : found?.edge).toBe(one);
    }
    expect(selected(map, 'service:gone')).toBeUndefined();
  });

  it('is shown with what is joined to it', () => {
    expect(joinedTo(map, selected(map, 'service:orders'))?.has('database:postgresql shop')).toBe(true);
    expect(joinedTo(map, selected(map, 'service:orders'))?.has('service:alone')).toBe(false);
    expect(joinedTo(map, selected(map, 'service:web → service:orders'))?.size).toBe(3);
    expect(joinedTo(map, undefined)).toBeUndefined();
  });

  it('leads to what a service did', () => {
    expect(serviceOf('service:my shop')).toBe('my shop');
    expect(serviceOf('database:postgresql')).toBeUndefined();
    expect(serviceLink('/traces', 'my shop', { range: '5m' }, ['span.kind=server'])).toBe(
      '/traces?filter=service%3D%22my+shop%22+span.kind%3Dserver&range=5m',
    );
  });
});
