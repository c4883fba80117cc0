import { describe, expect, it } from 'vitest';
import { boxes, busy, curve, drawable, edgeLabel, edgeWords, nodeWords, nodesMax, shortName, structure, type MapEdge, type MapNode } from './drawing';

const node = (name: string, count = 1): MapNode => ({ id: `service:${name}`, name, kind: 'service', count, rate: 2.5, errors: 0, p95_ms: 12 });
const edge = (from: string, to: string, errors = 0): MapEdge => ({
  from: `service:${from}`,
  to: `service:${to}`,
  count: 100,
  rate: 12.34,
  errors,
  p50_ms: 10,
  p95_ms: 1234,
  messages: false,
});

describe('the map as it is drawn', () => {
  it('has the busiest nodes when there are too many, and no edge to the others', () => {
    const nodes = Array.from({ length: nodesMax + 1 }, (_, i) => node(`n${i}`, i + 1));
    const drawn = drawable({ nodes, edges: [edge('n0', 'n1'), edge('n1', 'n2')] });
    expect(drawn.nodes).toHaveLength(nodesMax);
    expect(drawn.edges.map(({ from }) => from)).toEqual(['service:n1']);
  });

  it('has no services that did nothing of what is looked at', () => {
    const nodes = [node('a', 0), node('b', 0), node('c', 3)];
    const map = busy({ nodes, edges: [edge('a', 'a')], edges_left_out: 0, from_ms: 0, to_ms: 1, complete: true });
    expect(map.nodes.map(({ name }) => name)).toEqual(['a', 'c']);
  });

  it('tells rate, errors and p95 on each edge, errors only where there are any', () => {
    expect(edgeLabel(edge('a', 'b'))).toEqual(['12.3/s · 1.23 s']);
    expect(edgeLabel(edge('a', 'b', 3))).toEqual(['12.3/s · 1.23 s', '3 % err']);
  });

  it('is told in words', () => {
    expect(nodeWords(node('orders'))).toBe('service orders: 2.5/s, 0 % errors, p95 12 ms');
    expect(edgeWords(edge('web', 'orders', 5), new Map([['service:web', 'web']]))).toBe(
      'web calls service:orders: 12.3/s, 5 % errors, p95 1.23 s',
    );
  });

  it('stands still while only numbers change', () => {
    const before = structure([node('a')], [edge('a', 'a')]);
    expect(structure([{ ...node('a'), rate: 99, count: 5 }], [{ ...edge('a', 'a'), rate: 7 }])).toBe(before);
    expect(structure([node('a'), node('b')], [edge('a', 'a')])).not.toBe(before);
  });

  it('cuts names that nobody would read', () => {
    expect(shortName('x'.repeat(10_000_000))).toHaveLength(30);
    expect(boxes([node('x'.repeat(10_000))], [])[0]!.width).toBeLessThan(300);
  });

  it('has room in a node for what it asks of itself', () => {
    const [plain, own] = boxes([node('a'), node('b')], [edge('b', 'b'), edge('a', 'b')]);
    expect(own!.height).toBeGreaterThan(plain!.height);
  });

  it('draws ways as curves that leave and arrive level', () => {
    expect(curve([{ x: 0, y: 0 }, { x: 10, y: 20 }])).toBe('M0 0C5 0 5 20 10 20');
  });
});
