import { describe, expect, it } from 'vitest';
import { namesOf, steady } from './groups';
import type { ExceptionGroup } from './types';

const group = (message: string, kind = 'Declined'): ExceptionGroup => ({
  kind,
  message,
  count: 1,
  services: ['shop'],
  operations: [],
  first: '0',
  last: '0',
  stacktrace: '',
  examples: [],
});

const name = (one: ExceptionGroup) => namesOf([one]).get(one);

describe('a group of exceptions', () => {
  it('keeps its name when its newest message has other numbers, ids and quoted words', () => {
    expect(name(group('order 17 of "Ann" failed after 0x1f'))).toBe(name(group('order 4 of "Bob" failed after 0xff')));
  });

  it('has another name than all others', () => {
    const groups = [group('a'), group('b'), group('a', 'Refused'), group('a 1'), group('a 2')];
    expect(new Set(namesOf(groups).values()).size).toBe(5);
  });

  it('reads no more of a message than tells it apart', () => {
    expect(steady('x'.repeat(10_000_000)).length).toBe(500);
  });
});
