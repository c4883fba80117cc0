import { expect, it } from 'vitest';
import { alone, joined, valueAt } from './gaps';

const values = (text: string) => [...text].map((character) => (character === '.' ? null : Number(character)));
const drawn = (text: string) =>
  joined(values(text)).map((value) => (value === null ? '|' : value === undefined ? '-' : String(value)));

it.each([
  ['every step has a point', '12345', '12345'],
  ['every third step has a point: one line', '1..2..3..', '1--2--3||'],
  ['a point comes a little late', '1..2...3..4', '1--2---3--4'],
  ['the process was down', '1.2.3.........4.5', '1-2-3|||||||||4-5'],
  ['a single point', '..1..', '||1||'],
  ['no point at all', '...', '|||'],
])('%s', (_, given, expected) => {
  expect(drawn(given).join('')).toBe(expected);
});

it('shows points that no line goes through', () => {
  expect(alone(joined(values('..1..')))).toEqual([2]);
  expect(alone(joined(values('1')))).toEqual([0]);
  expect(alone(joined(values('1.2.3........4.......5')))).toEqual([13, 21]);
  expect(alone(joined(values('123')))).toEqual([]);
});

it('has the nearest value wherever the line goes through, and none in a gap', () => {
  const line = values('1...2...3............4...5');
  expect([0, 1, 3, 4, 6, 8].map((step) => valueAt(line, step))).toEqual([1, 1, 2, 2, 2, 3]);
  expect(valueAt(line, 14)).toBeNull();
  expect(valueAt(line, 99)).toBeNull();
});
