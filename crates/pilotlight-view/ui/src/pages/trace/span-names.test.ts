import { expect, it } from 'vitest';
import { span } from './sample';
import { namesOf } from './span-names';

it('tells spans with one id apart', () => {
  const names = namesOf(['a', 'b', 'a', 'a'].map((name) => span({ name })));
  expect([0, 1, 2, 3, 9].map(names.of)).toEqual(['a', 'b', 'a.2', 'a.3', '']);
  expect(['a', 'a.2', 'a.3', 'b', 'c', ''].map(names.at)).toEqual([0, 2, 3, 1, -1, -1]);
});
