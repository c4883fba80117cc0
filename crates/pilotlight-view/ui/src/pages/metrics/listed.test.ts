import { describe, expect, it } from 'vitest';
import { keyOf, kindWord, listed, named, type MetricSummary } from './listed';

const metric = (name: string, more: Partial<MetricSummary> = {}): MetricSummary => ({
  name,
  unit: 's',
  description: '',
  kind: 'gauge',
  monotonic: false,
  services: [],
  series: 1,
  points: 1,
  last: '1',
  keys: [],
  exemplars: false,
  ...more,
});

describe('the list of metrics', () => {
  const metrics = [
    metric('http.server.request.duration', { kind: 'histogram', services: ['gateway', 'orders'], series: 9, last: '5' }),
    metric('db.client.operation.duration', { kind: 'histogram', services: ['orders'], series: 3, last: '9' }),
    metric('process.memory.usage', { unit: 'By', description: 'Resident memory' }),
  ];
  const names = (search: string, order: 'name' | 'series' | 'last' = 'name') => listed(metrics, search, order).map(({ name }) => name);

  it('is searched by words of name, unit, description, kind and services', () => {
    expect(names('duration orders')).toEqual(['db.client.operation.duration', 'http.server.request.duration']);
    expect(names('RESIDENT')).toEqual(['process.memory.usage']);
    expect(names('histogram gateway')).toEqual(['http.server.request.duration']);
    expect(names('nothing')).toEqual([]);
    expect(names('  ')).toHaveLength(3);
  });

  it('is sorted by name, series or the newest point', () => {
    expect(names('', 'series')[0]).toBe('http.server.request.duration');
    expect(names('', 'last')[0]).toBe('db.client.operation.duration');
    expect(names('', 'name')[0]).toBe('db.client.operation.duration');
  });

  it('finds the one that is named, with its kind where there are two', () => {
    const two = [metric('a', { kind: 'gauge' }), metric('a', { kind: 'sum' })];
    expect(named(two, 'a', 'sum')?.kind).toBe('sum');
    expect(named(two, 'a', 'x')?.kind).toBe('gauge');
    expect(named(two, 'b', '')).toBeUndefined();
    expect(new Set(two.map(keyOf)).size).toBe(2);
  });

  it('calls kinds what their makers call them', () => {
    expect(kindWord({ kind: 'sum', monotonic: true })).toBe('counter');
    expect(kindWord({ kind: 'sum', monotonic: false })).toBe('up-down counter');
    expect(kindWord({ kind: 'exponential_histogram', monotonic: false })).toBe('exponential histogram');
  });
});
