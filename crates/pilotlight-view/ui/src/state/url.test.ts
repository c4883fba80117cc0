import { describe, expect, it } from 'vitest';
import { isOwnPath, numberOf, withQuery } from './url';

describe('the query string', () => {
  it('takes a change and keeps the rest', () => {
    expect(withQuery('?filter=a&sort=newest', { sort: 'slowest', errors: true })).toBe('?filter=a&sort=slowest&errors=1');
  });
  it('loses what is set to nothing', () => {
    expect(withQuery('?filter=a', { filter: '' })).toBe('');
    expect(withQuery('?filter=a', { filter: undefined })).toBe('');
  });
  it('keeps any text whole', () => {
    const filter = 'a&b=c#"ü%';
    expect(new URLSearchParams(withQuery('', { filter })).get('filter')).toBe(filter);
  });
  it('has numbers only where there are some', () => {
    const query = new URLSearchParams('a=1.5&b=&c=x&d=Infinity');
    expect(['a', 'b', 'c', 'd', 'e'].map((key) => numberOf(query, key))).toEqual([1.5, undefined, undefined, undefined, undefined]);
  });
});

describe('a link', () => {
  it('leads to our own paths only', () => {
    expect(isOwnPath('/traces?filter=a')).toBe(true);
    for (const elsewhere of ['//evil.example', '/\\evil.example', 'https://evil.example', 'javascript:alert(1)', '']) {
      expect(isOwnPath(elsewhere)).toBe(false);
    }
  });
});
