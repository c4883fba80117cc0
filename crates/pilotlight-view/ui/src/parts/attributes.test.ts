import { afterEach, describe, expect, it, vi } from 'vitest';
import { filterLink, matching } from './attributes';

const at = (pathname: string, search = '') => vi.stubGlobal('location', { pathname, search });
afterEach(() => vi.unstubAllGlobals());

describe('a filter made of an attribute', () => {
  it('leads to the page with that filter alone', () => {
    at('/traces/abc', '?span=1');
    expect(filterLink('/traces', 'user.id', '=', '4 2')).toBe('/traces?filter=user.id%3D%224+2%22');
  });
  it('is added to what the page itself already shows', () => {
    at('/logs', '?filter=a%3D1&log=7');
    expect(filterLink('/logs', 'b', '!=', '2')).toBe('/logs?filter=a%3D1+b%21%3D2&log=7');
  });
  it('is none when its key cannot be written', () => {
    at('/logs');
    expect(filterLink('/logs', 'a key', '=', '1')).toBeUndefined();
  });
});

it('attributes are found by key or value, in any case of letters', () => {
  const attributes = [
    { key: 'http.route', text: '/Orders', kind: 'string' as const },
    { key: 'user.id', text: '42', kind: 'int' as const },
  ];
  expect(matching(attributes, ' ORDERS ').map(({ key }) => key)).toEqual(['http.route']);
  expect(matching(attributes, 'USER').map(({ key }) => key)).toEqual(['user.id']);
  expect(matching(attributes, '')).toHaveLength(2);
});
