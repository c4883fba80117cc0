import { describe, expect, it } from 'vitest';
import { around, between, clamp, fromX, isWhole, pan, rangeFrom, rangeText, toX, whole, zoomAround } from './zoom';

const ALL = whole(0, 1000);

describe('the range that is shown', () => {
  it('keeps the moment under the pointer where it is', () => {
    const range = zoomAround({ from: 200, to: 600 }, ALL, 300, 0.5);
    expect(range).toEqual({ from: 250, to: 450 });
    expect(toX(range, 100, 300)).toBeCloseTo(toX({ from: 200, to: 600 }, 100, 300));
  });

  it('never leaves the trace', () => {
    expect(zoomAround({ from: 0, to: 500 }, ALL, 0, 10)).toEqual(ALL);
    expect(pan({ from: 700, to: 900 }, ALL, 3)).toEqual({ from: 800, to: 1000 });
    expect(pan({ from: 100, to: 300 }, ALL, -3)).toEqual({ from: 0, to: 200 });
  });

  it('is never narrower than ten nanoseconds', () => {
    const range = clamp({ from: 500, to: 500 }, ALL);
    expect(range.to - range.from).toBe(10);
  });

  it('has a width for a trace that took no time', () => {
    expect(whole(0, 0)).toEqual({ from: 0, to: 10 });
  });

  it('has a width in a trace with a span at no time, decades before the others', () => {
    const decades = whole(0, 1.8e18);
    const late = 1.79e18;
    for (const range of [clamp({ from: late, to: late }, decades), around(late, 0, decades), whole(late, late)]) {
      expect(toX(range, 1000, range.to)).toBe(1000);
      expect(toX(range, 1000, (range.from + range.to) / 2)).toBeCloseTo(500, -2);
    }
  });

  it('is drawn from either end', () => {
    expect(between(700, 300, ALL)).toEqual({ from: 300, to: 700 });
  });

  it('shows a span with room around it', () => {
    expect(around(400, 100, ALL)).toEqual({ from: 390, to: 510 });
  });

  it('finds a place again from its pixels', () => {
    expect(fromX({ from: 200, to: 600 }, 800, toX({ from: 200, to: 600 }, 800, 431))).toBeCloseTo(431);
  });
});

describe('the range in the address bar', () => {
  it('is read as it was written', () => {
    const range = { from: 120, to: 480 };
    expect(rangeFrom(rangeText(range, ALL), ALL)).toEqual(range);
  });

  it('is not there when all is shown', () => {
    expect(rangeText(ALL, ALL)).toBe('');
    expect(isWhole(rangeFrom('', ALL), ALL)).toBe(true);
  });

  it('is all of the trace when it cannot be read', () => {
    for (const text of ['x', '1-', '-5-9', '1-2-3', '9'.repeat(40) + '-1']) expect(rangeFrom(text, ALL)).toEqual(ALL);
  });
});
