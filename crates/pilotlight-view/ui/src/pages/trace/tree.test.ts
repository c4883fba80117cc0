import { describe, expect, it } from 'vitest';
import { planted, span } from './sample';
import { childrenOf, treeOf } from './tree';

const PICTURE = `
  order
    pay
      bank 0+10 error
    ship
  other
`;

describe('the shape of a trace', () => {
  it('ends each subtree where something comes that is not below it', () => {
    const { tree } = planted(PICTURE);
    expect([...tree.end]).toEqual([4, 3, 3, 4, 5]);
    expect([...tree.parent]).toEqual([-1, 0, 1, 0, -1]);
    expect(tree.deepest).toBe(2);
  });

  it('counts the errors below each span', () => {
    expect([...planted(PICTURE).tree.errorsBelow]).toEqual([1, 1, 0, 0, 0]);
  });

  it('walks what is directly below a span', () => {
    expect([...childrenOf(planted(PICTURE).tree, 0)]).toEqual([1, 3]);
  });

  it('holds depths that skip levels to the levels that are there', () => {
    const tree = treeOf([span({ name: 'a', depth: 7 }), span({ name: 'b', depth: 9 }), span({ name: 'c', depth: 1 })]);
    expect([...tree.depth]).toEqual([0, 1, 1]);
    expect([...tree.end]).toEqual([3, 2, 3]);
  });

  it('takes a chain of 50,000 spans', () => {
    const spans = Array.from({ length: 50_000 }, (_, depth) => span({ name: 'deep', depth }));
    const tree = treeOf(spans);
    expect(tree.deepest).toBe(49_999);
    expect(tree.end[0]).toBe(50_000);
  });
});
