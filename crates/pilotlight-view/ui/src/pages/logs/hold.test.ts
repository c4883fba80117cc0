import { describe, expect, it } from 'vitest';
import { holdAt } from './hold';
import type { LogRow } from './types';

const at = (time: string) => ({ id: time, time }) as LogRow;
const ROWS = [at('1763880000001500000'), at('1763880000000000000')];

describe('a list that is held', () => {
  it('ends with the newest record that was in sight, and begins where it began', () => {
    expect(holdAt('all', { from_ms: 5 }, ROWS)).toEqual({ chosen: 'all', range: { from_ms: 5, to_ms: 1763880000002 }, limit: 2 });
  });

  it('ends where it ended when the end was chosen', () => {
    expect(holdAt('zoomed', { from_ms: 5, to_ms: 9 }, ROWS)?.range).toEqual({ from_ms: 5, to_ms: 9 });
  });

  it('is not held before there is a record', () => {
    expect(holdAt('all', {}, [])).toBeUndefined();
  });
});
