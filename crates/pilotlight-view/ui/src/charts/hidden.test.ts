import { describe, expect, it } from 'vitest';
import { allBut, toggled } from './hidden';

const lines = [{ label: 'a' }, { label: 'b' }, { label: 'c' }];

describe('the legend', () => {
  it('hides a line and shows it again', () => {
    const hidden = toggled('a', new Set());
    expect([...hidden]).toEqual(['a']);
    expect([...toggled('a', hidden)]).toEqual([]);
  });

  it('shows a line alone, and then all of them', () => {
    const alone = allBut('b', lines, new Set());
    expect([...alone]).toEqual(['a', 'c']);
    expect([...allBut('b', lines, alone)]).toEqual([]);
  });
});
