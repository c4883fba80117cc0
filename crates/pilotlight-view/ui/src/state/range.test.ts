import { describe, expect, it } from 'vitest';
import { rangeOf } from './range';

describe('a stretch of time', () => {
  it('is the same choice while it moves on', () => {
    const [earlier, later] = [rangeOf('5m', undefined, undefined, 1000), rangeOf('5m', undefined, undefined, 6000)];
    expect([earlier.question, later.question]).toEqual([{ from_ms: 1000 }, { from_ms: 6000 }]);
    expect(later.chosen).toBe(earlier.chosen);
  });

  it('is another choice with another name, and with another stretch that is zoomed into', () => {
    const choices = [rangeOf('5m', undefined, undefined, 1), rangeOf('1h', undefined, undefined, 1), rangeOf('5m', 1, 2, 1), rangeOf('5m', 1, 3, 1)];
    expect(new Set(choices.map(({ chosen }) => chosen)).size).toBe(4);
  });

  it('is the one that was zoomed into, whatever else was chosen before', () => {
    expect(rangeOf('5m', 1, 2, 1000)).toMatchObject({ question: { from_ms: 1, to_ms: 2 }, name: '5m', zoomed: true });
  });
});
