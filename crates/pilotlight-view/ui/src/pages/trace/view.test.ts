import { describe, expect, it } from 'vitest';
import { queryOf, type View, viewFrom } from './view';

const VIEW: View = {
  tab: 'statistics',
  span: '00f067aa0ba902b7',
  root: '53995c3f42cd8ad8',
  depth: 3,
  range: '10-20',
  onlyErrors: true,
  find: 'card declined',
};

describe('the view in the address bar', () => {
  it('is read as it was written', () => {
    const query = new URLSearchParams(queryOf(VIEW));
    expect(viewFrom(query)).toEqual(VIEW);
  });

  it('is not there when nothing was changed', () => {
    const usual = viewFrom(new URLSearchParams());
    expect(Object.values(queryOf(usual)).every((value) => value === '')).toBe(true);
  });

  it('passes over what cannot be read', () => {
    const query = new URLSearchParams('tab=<script>&span=xyz&depth=-1&errors=yes');
    expect(viewFrom(query)).toEqual(viewFrom(new URLSearchParams()));
  });
});
