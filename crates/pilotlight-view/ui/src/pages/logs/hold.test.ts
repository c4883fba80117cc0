import { describe, expect, it } from 'vitest';
import { holdAt, isFixed, wantedOf } from './hold';
import type { LogRow } from './types';

const at = (time: string) => ({ id: time, time }) as LogRow;
const ROWS = [at('1763880000001500000'), at('1763880000000000000')];
const SOURCE = { range: { from_ms: 5 }, steps: 200, opened: 1 };
const HELD_RANGE = { from_ms: 5, to_ms: 1763880000002 };

describe('a list that is held', () => {
  const hold = holdAt('all', SOURCE, ROWS);

  it('ends with the newest record that was in sight, and begins where it began', () => {
    expect(hold).toEqual({ chosen: 'all', of: SOURCE, range: HELD_RANGE, limit: 2 });
  });

  it('ends where it ended when the end was chosen', () => {
    expect(holdAt('zoomed', { ...SOURCE, range: { from_ms: 5, to_ms: 9 } }, ROWS)?.range).toEqual({ from_ms: 5, to_ms: 9 });
  });

  it('is not held before there is a record', () => {
    expect(holdAt('all', SOURCE, [])).toBeUndefined();
  });

  it('is asked for nothing new while only time passes', () => {
    const before = wantedOf(undefined, SOURCE);
    expect(wantedOf(hold, SOURCE)).toEqual(before);
    expect(wantedOf(hold, { ...SOURCE, range: { from_ms: 10 } })).toEqual(before);
  });

  it('is asked for what is held with another connection and when the reader goes on down', () => {
    expect(wantedOf(hold, { ...SOURCE, opened: 2 })).toEqual({ range: HELD_RANGE, limit: 200 });
    expect(wantedOf(hold, { ...SOURCE, steps: 400 })).toEqual({ range: HELD_RANGE, limit: 400 });
  });

  it('is asked for as many rows as there were', () => {
    expect(wantedOf({ ...hold!, limit: 300 }, { ...SOURCE, opened: 2 }).limit).toBe(300);
  });

  it('stays as it is when asking again would not give all of its rows', () => {
    const heldAt = (count: number) => holdAt('all', SOURCE, new Array(count).fill(ROWS[0]));
    expect([heldAt(1000), heldAt(1001), undefined].map(isFixed)).toEqual([false, true, false]);
    expect(wantedOf(heldAt(1001), { ...SOURCE, opened: 2 })).toEqual({ range: SOURCE.range, limit: 200 });
  });
});
