import { describe, expect, it } from 'vitest';
import { atStep, last, summary } from './summary';

const startMs = new Date(2026, 0, 2, 10, 0, 0).getTime();
const span = { startMs, stepMs: 10_000, steps: 3 };

describe('a chart in words', () => {
  it('tells the range, and each line with its extremes', () => {
    const lines = [
      { label: 'gateway', values: [0.001, 0.02, null] },
      { label: 'orders', values: [null, null, null] },
    ];
    expect(summary(lines, 's', span, startMs)).toBe(
      '2 lines from 10:00:00 to 10:00:30. gateway: 1 ms to 20 ms, last 20 ms. orders: no values.',
    );
  });

  it('is short when there are many lines, and when there is none', () => {
    const lines = Array.from({ length: 100 }, (_, i) => ({ label: `line ${i}`, values: [1, 1, 1] }));
    expect(summary(lines, '', span)).toContain('95 more in the table of values.');
    expect(summary([], '', span, startMs)).toBe('Nothing from 10:00:00 to 10:00:30.');
  });

  it('tells the dates of a range that is longer than a day', () => {
    const years = { startMs: new Date(1970, 5, 1).getTime(), stepMs: 365 * 86_400_000, steps: 580 };
    expect(summary([], '', years)).toMatch(/^Nothing from 1970-06-01 00:00:00 to 25\d\d-\d\d-\d\d \d\d:\d\d:\d\d\.$/);
  });

  it('tells one step', () => {
    expect(atStep([{ label: 'gateway', values: [1, 2, 3] }], 'By', span, 1)).toBe('10:00:10: gateway 2 B');
  });

  it('knows the last value that is there', () => {
    expect(last([1, 2, null])).toBe(2);
    expect(last([null])).toBeNull();
  });
});
