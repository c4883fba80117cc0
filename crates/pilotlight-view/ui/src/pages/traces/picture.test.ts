import { describe, expect, it } from 'vitest';
import { durationAt, durationTicks, frameOf, isScatter, meaningOf, pointAt, strength, timeAt, timeTicks, xOf, yOf } from './picture';

const durations = {
  time_edges_ms: [1000, 2000, 3000],
  duration_edges_ms: [1, 10, 100, 1000],
  counts: [1, 0, 0, 0, 0, 1],
  errors: [0, 0, 0, 0, 0, 1],
  points: [
    { trace_id: 'a', name: 'fast', service: 's', start_ms: 1500, duration_ms: 5, error: false },
    { trace_id: 'b', name: 'slow', service: 's', start_ms: 2500, duration_ms: 500, error: true },
  ],
};
const frame = frameOf(durations, 460, 326)!;

describe('the picture of durations', () => {
  it('puts a moment and a duration where it reads them back from', () => {
    expect(timeAt(frame, xOf(frame, 1700))).toBeCloseTo(1700);
    expect(durationAt(frame, yOf(frame, 37))).toBeCloseTo(37);
  });
  it('gives each decade the same height', () => {
    const [one, ten, hundred] = [1, 10, 100].map((ms) => yOf(frame, ms));
    expect(one! - ten!).toBeCloseTo(ten! - hundred!);
  });
  it('keeps what took no time, or too long, at its edges', () => {
    expect(yOf(frame, 0)).toBe(yOf(frame, 1));
    expect(yOf(frame, 1e9)).toBe(frame.top);
  });
  it('is none without edges', () => {
    expect(frameOf({ ...durations, time_edges_ms: [], duration_edges_ms: [] }, 460, 326)).toBeUndefined();
  });
  it('has room around a single moment', () => {
    expect(frameOf({ ...durations, time_edges_ms: [5000, 5000] }, 460, 326)).toMatchObject({ fromMs: 4500, toMs: 5500 });
  });
  it('has points only when each trace is one', () => {
    expect(isScatter(durations)).toBe(true);
    expect(isScatter({ ...durations, counts: [2, 0, 0, 0, 0, 1] })).toBe(false);
  });
  it('shows one trace beside thousands', () => {
    expect(strength(0, 5000)).toBe(0);
    expect(strength(1, 5000)).toBeGreaterThan(0.15);
    expect(strength(5000, 5000)).toBeCloseTo(1);
    expect(strength(1, 1)).toBeGreaterThan(0.15);
  });
});

describe('a drawn box', () => {
  const [x0, x1] = [xOf(frame, 1200), xOf(frame, 1800)];
  const [y0, y1] = [yOf(frame, 100), yOf(frame, 10)];
  it('means time and durations', () => {
    const meaning = meaningOf(frame, { x0: x1, y0, x1: x0, y1 });
    expect([meaning?.fromMs, meaning?.toMs, meaning?.shortestMs, meaning?.longestMs].map((one) => Math.round(one ?? 0))).toEqual([1200, 1800, 10, 100]);
  });
  it('means time alone when it is flat, durations alone when it is narrow', () => {
    expect(meaningOf(frame, { x0, y0, x1, y1: y0 + 2 })).not.toHaveProperty('shortestMs');
    expect(meaningOf(frame, { x0, y0, x1: x0 + 2, y1 })).not.toHaveProperty('fromMs');
  });
  it('has no end where it reaches the edge of the picture', () => {
    const [right, bottom] = [frame.left + frame.width, frame.top + frame.height];
    expect(meaningOf(frame, { x0: 0, y0: 0, x1: right, y1: bottom })).toEqual({});
    expect(Object.keys(meaningOf(frame, { x0, y0, x1: right + 5, y1: bottom + 5 })!)).toEqual(['fromMs', 'longestMs']);
    expect(Object.keys(meaningOf(frame, { x0: frame.left, y0: frame.top, x1, y1 })!)).toEqual(['toMs', 'shortestMs']);
  });
  it('means nothing when it is a click', () => {
    expect(meaningOf(frame, { x0, y0, x1: x0 + 3, y1: y0 - 3 })).toBeUndefined();
  });
});

it('a click means the nearest trace, or none', () => {
  expect(pointAt(frame, durations.points, xOf(frame, 2500) + 4, yOf(frame, 500))?.trace_id).toBe('b');
  expect(pointAt(frame, durations.points, xOf(frame, 2000), yOf(frame, 50))).toBeUndefined();
});

describe('ticks', () => {
  it('are powers of ten', () => {
    expect(durationTicks(frame)).toEqual([1, 10, 100, 1000]);
    expect(durationTicks({ ...frame, height: 40 })).toEqual([1, 100]);
  });
  it('are whole steps of the clock, and never more than fit', () => {
    expect(timeTicks(frame)).toEqual([1000, 2000, 3000].filter((ms) => ms % 1000 === 0));
    const years = { ...frame, fromMs: 0, toMs: 1.8e13 };
    expect(timeTicks(years).length).toBeLessThanOrEqual(5);
  });
});
