import { describe, expect, it } from 'vitest';
import { formatMoment, spanEnd, stepTimes, zoomed } from './span';

const span = { startMs: 1000, stepMs: 100, steps: 10 };

describe('a span of steps', () => {
  it('has a time for each step, and an end', () => {
    expect(stepTimes(span).slice(0, 3)).toEqual([1000, 1100, 1200]);
    expect(spanEnd(span)).toBe(2000);
  });

  it('is zoomed around a moment that stays where it is', () => {
    expect(zoomed(span, 1250, 0.5)).toEqual([1125, 1625]);
    expect(zoomed(span, 1500, 2)).toEqual([500, 2500]);
  });

  it('is not zoomed into nothing', () => {
    const [from, to] = zoomed({ startMs: 0, stepMs: 1, steps: 1 }, 0.5, 0.5);
    expect(to - from).toBe(10);
  });

  it('tells moments as precisely as its steps need it', () => {
    const moment = new Date(2026, 0, 2, 3, 4, 5, 6).getTime();
    expect([1, 1000, 60_000, 86_400_000].map((step) => formatMoment(moment, step))).toEqual([
      '03:04:05.006',
      '03:04:05',
      '03:04',
      '2026-01-02',
    ]);
    expect(formatMoment(1e300, 1000)).toBe('–');
  });
});
