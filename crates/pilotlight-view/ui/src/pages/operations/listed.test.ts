import { describe, expect, it } from 'vitest';
import { filterOf, keyOf, orderNamed, sorted, tracesLink, type Operation } from './listed';

const operation = (name: string, more: Partial<Operation> = {}): Operation => ({
  service: 'shop',
  name,
  kind: 'server',
  count: 10,
  rate: 1,
  errors: 0,
  p50_ms: 1,
  p95_ms: 2,
  p99_ms: 3,
  max_ms: 4,
  counts: [],
  slowest_trace_id: 'ab',
  ...more,
});

describe('the list of operations', () => {
  const all = [operation('b', { errors: 3, count: 1000 }), operation('a', { errors: 2, p95_ms: 9 }), operation('c', { count: 50 })];
  const names = (order: string) => sorted(all, orderNamed(order)).map(({ name }) => name);

  it("is in the viewer's order, or in that of a column", () => {
    expect(names('')).toEqual(['b', 'a', 'c']);
    expect(names('constructor')).toEqual(['b', 'a', 'c']);
    expect(names('p95')[0]).toBe('a');
    expect(names('share')[0]).toBe('a');
    expect(names('rate')).toEqual(['b', 'c', 'a']);
    expect(names('name')).toEqual(['a', 'b', 'c']);
    expect(names('service')).toEqual(['b', 'a', 'c']);
  });

  it('tells operations of the same name apart by service and kind', () => {
    expect(new Set([operation('a'), operation('a', { kind: 'client' }), operation('a', { service: 'x' })].map(keyOf)).size).toBe(3);
  });

  it('leads to the traces of an operation', () => {
    expect(filterOf(operation('POST /orders'))).toBe('service=shop span.name="POST /orders" span.kind=server');
    expect(tracesLink(operation('a'), { range: '5m' }, { errors: true })).toBe(
      '/traces?filter=service%3Dshop+span.name%3Da+span.kind%3Dserver&range=5m&errors=1',
    );
    expect(tracesLink(operation('x'.repeat(10_000)), {})).toBeUndefined();
  });
});
