import { describe, expect, it } from 'vitest';
import { flameOf } from './flame';
import { drawn, span } from './sample';
import { treeOf } from './tree';

describe('the flame graph', () => {
  const trace = drawn('x', {
    spans: [
      span({ name: 'order', self_time_ns: 10 }),
      span({ name: 'pay', depth: 1, self_time_ns: 5 }),
      span({ name: 'bank', depth: 2, self_time_ns: 30 }),
      span({ name: 'ship', depth: 1, self_time_ns: 20 }),
      span({ name: 'pay', depth: 1, self_time_ns: 7, status: 'error', duration_ns: 900 }),
    ],
  });
  const flame = flameOf(trace, treeOf(trace.spans));

  it('puts together what has one name below one parent, the widest first', () => {
    expect(flame.frames.map((f) => [f.name, f.depth, f.from, f.total, f.spans])).toEqual([
      ['order', 0, 0, 72, 1],
      ['pay', 1, 0, 42, 2],
      ['bank', 2, 0, 30, 1],
      ['ship', 1, 42, 20, 1],
    ]);
    expect(flame.total).toBe(72);
    expect(flame.levels).toBe(3);
  });

  it('leads to the longest span and counts errors', () => {
    expect(flame.frames[1]).toMatchObject({ longestSpan: 4, errors: 1, self: 12 });
  });

  it('tells how many spans are too deep to be drawn', () => {
    const deep = Array.from({ length: 300 }, (_, depth) => span({ name: `n${depth}`, depth }));
    const cut = flameOf(drawn('x', { spans: deep }), treeOf(deep));
    expect(cut.levels).toBe(200);
    expect(cut.leftOut).toBeGreaterThan(0);
  });
});
