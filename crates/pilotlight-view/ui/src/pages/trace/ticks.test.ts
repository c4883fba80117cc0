import { describe, expect, it } from 'vitest';
import { roundStep, ticks } from './ticks';

const labels = (from: number, to: number, most: number) => ticks(from, to, most).map((tick) => tick.label);

describe('the ruler', () => {
  it('counts in round steps', () => {
    expect(labels(0, 100e6, 5)).toEqual(['0', '20 ms', '40 ms', '60 ms', '80 ms', '100 ms']);
    expect(labels(0, 2.4e9, 5)).toEqual(['0', '500 ms', '1 s', '1.5 s', '2 s']);
  });

  it('tells neighbours apart far from the start', () => {
    expect(labels(1_000_000_000, 1_000_004_000, 4)).toEqual(['1 s', '1.000001 s', '1.000002 s', '1.000003 s', '1.000004 s']);
  });

  it('counts minutes, hours and days as people do', () => {
    expect(roundStep(70e9)).toBe(120e9);
    expect(labels(0, 10 * 86_400e9, 5)).toEqual(['0', '2 d', '4 d', '6 d', '8 d', '10 d']);
  });

  it('ends for any range', () => {
    for (const range of [0, 1, 3, 1e19, NaN, -5]) expect(ticks(0, range, 8).length).toBeLessThanOrEqual(9);
    expect(ticks(1e18, 1e18, 8).length).toBeLessThanOrEqual(9);
  });
});
