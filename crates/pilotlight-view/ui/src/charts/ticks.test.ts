import { describe, expect, it } from 'vitest';
import { timeIncrements, timeLabels, timeTicks } from './ticks';

const minute = 60_000;
const hour = 60 * minute;

describe("a time axis's ticks", () => {
  it('are at round times of the local clock', () => {
    const from = new Date(2026, 0, 2, 10, 3, 20).getTime();
    expect(timeLabels(timeTicks(from, from + 16 * minute, 5 * minute), 5 * minute)).toEqual(['10:05', '10:10', '10:15']);
  });

  it('go over midnight, which is told by the date', () => {
    const from = new Date(2026, 0, 2, 17).getTime();
    expect(timeLabels(timeTicks(from, from + 14 * hour, 6 * hour), 6 * hour)).toEqual(['18:00', '3 Jan', '06:00']);
  });

  it('are days at their beginning', () => {
    const from = new Date(2026, 2, 27, 12).getTime();
    expect(timeLabels(timeTicks(from, from + 4 * 24 * hour, 24 * hour), 24 * hour)).toEqual(['28 Mar', '29 Mar', '30 Mar', '31 Mar']);
  });

  it('are none where there is no time', () => {
    expect(timeTicks(NaN, NaN, 1000)).toEqual([]);
    expect(timeTicks(0, 1e15, 1).length).toBeLessThanOrEqual(1000);
  });

  it('have increments in order', () => {
    expect(timeIncrements).toEqual([...timeIncrements].sort((one, other) => one - other));
  });

  it('labels an axis with times, and with the date where a day begins', () => {
    const midnight = new Date(2026, 0, 2).getTime();
    const hour = 3_600_000;
    expect(timeLabels([midnight - hour, midnight, midnight + hour], hour)).toEqual(['23:00', '2 Jan', '01:00']);
    expect(timeLabels([midnight + 500], 500)).toEqual(['00:00:00.500']);
    expect(timeLabels([midnight + hour], 24 * hour)).toEqual(['2 Jan']);
    expect(timeLabels([midnight], 365 * 24 * hour)).toEqual(['Jan 2026']);
  });
});
