import { describe, expect, it } from 'vitest';
import { luminance } from './colours';
import { ramp, shadeOf, shades } from './ramp';

describe('the ramp', () => {
  it('goes one way in lightness, so that it is read without hues', () => {
    const light = ramp('light').map(luminance);
    const dark = ramp('dark').map(luminance);
    expect(light).toEqual([...light].sort((one, other) => other - one));
    expect(dark).toEqual([...dark].sort((one, other) => one - other));
    expect(light).toHaveLength(shades);
  });

  it('shows nothing for nothing, and what is not a count', () => {
    for (const count of [0, -1, NaN]) expect(shadeOf(count, 10)).toBe(-1);
    expect(shadeOf(1, 0)).toBe(-1);
  });

  it('gives the most the last shade, and one among thousands a shade of its own', () => {
    expect(shadeOf(1000, 1000)).toBe(shades - 1);
    expect(shadeOf(Infinity, 1000)).toBe(shades - 1);
    expect(shadeOf(1, 1000)).toBeGreaterThanOrEqual(0);
    expect(shadeOf(10, 1000)).toBeGreaterThan(shadeOf(1, 1000));
  });
});
