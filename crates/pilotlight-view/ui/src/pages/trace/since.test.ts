import { expect, it } from 'vitest';
import { sinceNs } from './since';

it('keeps single nanoseconds of moments that are far from 1970', () => {
  expect(sinceNs('1763880000000000000', '1763880000000000007')).toBe(7);
  expect(sinceNs('18446744073709551615', '18446744073709551610')).toBe(-5);
  expect(sinceNs('', 'x')).toBe(0);
});
