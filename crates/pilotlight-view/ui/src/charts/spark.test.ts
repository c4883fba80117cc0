import { describe, expect, it } from 'vitest';
import { bars } from './spark';

describe('a spark', () => {
  it('has a bar for each value that is not nothing', () => {
    expect(bars([2, 0, 1], 30, 10)).toBe('M0 10v-10h8v10zM20 10v-5h8v5z');
  });

  it('shows one among thousands, and nothing for nothing', () => {
    expect(bars([100_000, 1], 20, 10)).toContain('v-1h');
    expect(bars([], 20, 10)).toBe('');
    expect(bars([0, NaN], 20, 10)).toBe('');
  });
});
