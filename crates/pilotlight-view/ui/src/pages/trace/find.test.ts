import { describe, expect, it } from 'vitest';
import { findSpans, nextOf, union } from './find';
import { drawn } from './sample';

const trace = drawn(`
  GET
    charge 0+10 error
    store
`);

describe('finding spans', () => {
  it('takes every word, in any case, from names, services, kinds and statuses', () => {
    expect(findSpans(trace, 'get')).toEqual([0]);
    expect(findSpans(trace, 'SHOP')).toEqual([0, 1, 2]);
    expect(findSpans(trace, 'shop error')).toEqual([1]);
    expect(findSpans(trace, 'nothing')).toEqual([]);
    expect(findSpans(trace, '  ')).toEqual([]);
  });

  it('goes on around the end', () => {
    expect(nextOf([2, 5, 9], 5, 1)).toBe(9);
    expect(nextOf([2, 5, 9], 9, 1)).toBe(2);
    expect(nextOf([2, 5, 9], 2, -1)).toBe(9);
    expect(nextOf([], 2, 1)).toBe(-1);
  });

  it('counts what was found twice once', () => {
    expect(union([3, 9], [10, 3, 1])).toEqual([1, 3, 9, 10]);
  });
});
