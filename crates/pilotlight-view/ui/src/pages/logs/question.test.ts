import { describe, expect, it } from 'vitest';
import { askingOf, questionOf } from './question';

describe('what is asked of the logs', () => {
  it('is in the address', () => {
    const asking = askingOf(new URLSearchParams('filter=service%3Dshop&severity=13&log=a1'));
    expect(asking).toEqual({ filter: 'service=shop', severity: 13, log: 'a1' });
    expect(questionOf(asking)).toEqual({ filter: 'service=shop', severity_min: 13 });
  });

  it('is everything when the address says nothing, or nothing that is known', () => {
    expect(questionOf(askingOf(new URLSearchParams()))).toEqual({});
    for (const odd of ['x', '-1', '99', '13.5', 'Infinity']) {
      expect(questionOf(askingOf(new URLSearchParams({ severity: odd })))).toEqual({});
    }
  });
});
