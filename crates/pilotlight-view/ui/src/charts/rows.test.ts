import { describe, expect, it } from 'vitest';
import { edgeLabel, labelledEdges, rowLabel, rowOf, usedRows } from './rows';

const buckets = { bounds: [0.005, 0.01, 0.025], low: 0, counts: [0, 2, 0, 0, 0, 0, 7, 0] };

describe("a heatmap's rows", () => {
  it('are those between the first and the last with anything in them', () => {
    expect(usedRows(buckets)).toEqual([1, 3]);
    expect(usedRows({ bounds: [1], counts: [] })).toEqual([0, 2]);
  });

  it('have values in proportion to their bounds', () => {
    expect(rowOf(0.0025, buckets)).toBeCloseTo(0.5);
    expect(rowOf(0.005, buckets)).toBe(1);
    expect(rowOf(0.02, buckets)).toBeCloseTo(2.667, 2);
    expect(rowOf(100, buckets)).toBe(3.5);
    expect(rowOf(-1, { bounds: [0], counts: [] })).toBe(0.5);
    expect(rowOf(NaN, buckets)).toBe(3.5);
  });

  it('are named by their bounds', () => {
    expect([0, 1, 3].map((row) => rowLabel(row, buckets, 's'))).toEqual(['0 to 5 ms', '5 ms to 10 ms', 'over 25 ms']);
    expect(rowLabel(0, { bounds: [5], counts: [] }, 'ms')).toBe('up to 5 ms');
    expect(rowLabel(0, { bounds: [], counts: [] }, 'ms')).toBe('all');
  });

  it('have labels at their edges, and not too many', () => {
    expect([0, 1, 3, 4].map((row) => edgeLabel(row, buckets, 's'))).toEqual(['0', '5 ms', '25 ms', '∞']);
    expect(edgeLabel(0, { bounds: [5], counts: [] }, 's')).toBe('');
    expect(labelledEdges(0, 4, 10)).toEqual([0, 1, 2, 3, 4]);
    expect(labelledEdges(0, 200, 10).length).toBeLessThanOrEqual(10);
    expect(labelledEdges(0, 3, 0)).toEqual([0]);
  });
});
