import { describe, expect, it } from 'vitest';
import { luminance } from './colours';
import { ramp, reachOf, shadeOf, shades } from './ramp';

describe('the ramp', () => {
  it('goes one way in lightness, so that it is read without hues', () => {
    const light = ramp('light').map(luminance);
    const dark = ramp('dark').map(luminance);
    expect(light).toEqual([...light].sort((one, other) => other - one));
    expect(dark).toEqual([...dark].sort((one, other) => one - other));
    expect(light).toHaveLength(shades);
  });

  it('shows nothing for nothing, and what is not a count', () => {
    for (const count of [0, -1, NaN]) expect(shadeOf(count, { least: 1, most: 10 })).toBe(-1);
    expect(shadeOf(1, reachOf([]))).toBe(-1);
  });

  it('goes from the rarest to the most, however many that is', () => {
    for (const most of [9, 1000, 0.5]) {
      const reach = reachOf([0, most / 9, most, NaN, Infinity]);
      expect(shadeOf(most, reach)).toBe(shades - 1);
      expect(shadeOf(Infinity, reach)).toBe(shades - 1);
      expect(shadeOf(most / 3, reach)).toBeLessThan(shades * 0.7);
      expect(shadeOf(most / 9, reach)).toBeLessThan(shades * 0.15);
      expect(shadeOf(most / 9, reach)).toBeGreaterThan(0);
    }
  });

  it('gives everything the same shade when all are the same', () => {
    expect(shadeOf(3, reachOf([3, 3]))).toBe(shades - 1);
  });
});
