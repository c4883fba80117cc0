import { expect, it } from 'vitest';
import { next } from './walk';

//  a ──ab── b
//  │
//  c
const stops = [
  { key: 'a', x: 0, y: 0 },
  { key: 'ab', x: 50, y: 2 },
  { key: 'b', x: 100, y: 0 },
  { key: 'c', x: 0, y: 80 },
];

it.each([
  ['a', 'ArrowRight', 'ab'],
  ['ab', 'ArrowRight', 'b'],
  ['b', 'ArrowLeft', 'ab'],
  ['a', 'ArrowDown', 'c'],
  ['c', 'ArrowUp', 'a'],
  ['a', 'ArrowLeft', undefined],
  ['a', 'x', undefined],
  ['a', 'constructor', undefined],
  ['gone', 'ArrowLeft', 'a'],
  [null, 'ArrowDown', 'a'],
  ['a', 'End', 'c'],
  ['c', 'Home', 'a'],
])('from %s with %s to %s', (from, key, to) => {
  expect(next(stops, from, key)?.key).toBe(to);
});
