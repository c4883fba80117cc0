import { describe, expect, it } from 'vitest';
import { leastWidth, rowAfterKey, scrollToShow, visibleRows } from './visible';

describe('a long list', () => {
  it('draws what is in sight and a little around it', () => {
    expect(visibleRows(1000, 20, 2000, 200)).toEqual({ first: 92, end: 118 });
  });
  it('draws all of a short one, and nothing of an empty one', () => {
    expect(visibleRows(5, 20, 0, 200)).toEqual({ first: 0, end: 5 });
    expect(visibleRows(0, 20, 0, 200)).toEqual({ first: 0, end: 0 });
  });
  it('draws nothing beyond its end when it has become shorter', () => {
    expect(visibleRows(10, 20, 5000, 200)).toEqual({ first: 10, end: 10 });
  });
  it('scrolls as little as it can to show a row', () => {
    expect(scrollToShow(3, 20, 0, 200)).toBe(0);
    expect(scrollToShow(3, 20, 100, 200)).toBe(60);
    expect(scrollToShow(20, 20, 0, 200)).toBe(220);
    expect(scrollToShow(20, 20, 0, 200, 20)).toBe(240);
  });
});

it('columns are at least as wide as they say', () => {
  expect(leastWidth(['90px', 'minmax(120px, 2fr)', '1fr'])).toBe(210);
});

describe('a key', () => {
  it('moves within the list and not beyond', () => {
    expect(rowAfterKey('j', 4, 10, 5)).toBe(5);
    expect(rowAfterKey('ArrowDown', 9, 10, 5)).toBe(9);
    expect(rowAfterKey('k', 0, 10, 5)).toBe(0);
    expect(rowAfterKey('PageDown', 2, 10, 5)).toBe(6);
    expect(rowAfterKey('PageUp', 2, 10, 5)).toBe(0);
    expect(rowAfterKey('End', 2, 10, 5)).toBe(9);
    expect(rowAfterKey('ArrowDown', -1, 10, 5)).toBe(0);
  });
  it('that does not move, or a list without rows, leads nowhere', () => {
    expect(rowAfterKey('x', 4, 10, 5)).toBeUndefined();
    expect(rowAfterKey('j', -1, 0, 5)).toBeUndefined();
  });
});
