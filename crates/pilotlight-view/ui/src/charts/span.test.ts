import { describe, expect, it } from 'vitest';
import { formatMoment, formatSpan, formatStep, spanEnd, stepTimes, zoomed } from './span';

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

  it('tells from when to when, with the dates unless all of it is today', () => {
    const startMs = new Date(2026, 0, 2, 23, 50).getTime();
    const minutes = (steps: number) => ({ startMs, stepMs: 60_000, steps });
    expect(formatSpan(minutes(5), startMs)).toBe('23:50:00 to 23:55:00');
    expect(formatSpan(minutes(20), startMs)).toBe('2026-01-02 23:50:00 to 2026-01-03 00:10:00');
    expect(formatSpan(minutes(5), startMs + 86_400_000)).toBe('2026-01-02 23:50:00 to 2026-01-02 23:55:00');
  });

  it('tells its steps with their date where the same time comes again', () => {
    const startMs = new Date(2026, 0, 2).getTime();
    const hours = (stepHours: number, steps: number) => ({ startMs, stepMs: stepHours * 3_600_000, steps });
    expect(formatStep(hours(1, 24), 3)).toBe('03:00');
    expect(formatStep(hours(1, 48), 27)).toBe('2026-01-03 03:00');
    expect(formatStep(hours(48, 10), 1)).toBe('2026-01-04');
  });
});
