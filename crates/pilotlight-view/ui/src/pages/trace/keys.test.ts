import { describe, expect, it } from 'vitest';
import { foldedSpans, toggle, UNFOLDED } from './folds';
import { actionOf } from './keys';
import { layoutOf } from './layout';
import { planted } from './sample';

const PICTURE = `
  order
    pay
      bank 0+10 error
    ship 0+10 error
`;

function press(key: string, at: number, folds = UNFOLDED, shiftKey = false) {
  const { trace, tree } = planted(PICTURE);
  const layout = layoutOf(trace, tree, { folded: foldedSpans(tree, trace.spans, folds), root: -1, kept: null });
  return actionOf({ key, shiftKey, ctrlKey: false, altKey: false, metaKey: false }, layout, tree, [2, 3], at, 10);
}

describe('keys', () => {
  it('go up and down and stop at the ends', () => {
    expect(press('j', 0)).toEqual({ to: 'span', span: 1 });
    expect(press('ArrowUp', 0)).toEqual({ to: 'span', span: 0 });
    expect(press('PageDown', 1)).toEqual({ to: 'span', span: 3 });
    expect(press('End', 0)).toEqual({ to: 'span', span: 3 });
    expect(press('Home', 3)).toEqual({ to: 'span', span: 0 });
    expect(press('ArrowDown', -1)).toEqual({ to: 'span', span: 0 });
  });

  it('pass over what is folded', () => {
    expect(press('j', 1, toggle(UNFOLDED, ['pay']))).toEqual({ to: 'span', span: 3 });
  });

  it('fold and go to the parent with left, open and go to the first child with right', () => {
    expect(press('ArrowLeft', 1)).toEqual({ to: 'fold', span: 1 });
    expect(press('ArrowLeft', 2)).toEqual({ to: 'span', span: 1 });
    expect(press('l', 1, toggle(UNFOLDED, ['pay']))).toEqual({ to: 'fold', span: 1 });
    expect(press('ArrowRight', 1)).toEqual({ to: 'span', span: 2 });
    expect(press('ArrowRight', 3)).toBeNull();
    expect(press('ArrowLeft', 0, toggle(UNFOLDED, ['order']))).toBeNull();
  });

  it('go from error to error, around the end', () => {
    expect(press('e', 2)).toEqual({ to: 'span', span: 3 });
    expect(press('e', 3)).toEqual({ to: 'span', span: 2 });
    expect(press('E', 2)).toEqual({ to: 'span', span: 3 });
  });

  it('pan with shift', () => {
    expect(press('ArrowRight', 0, UNFOLDED, true)).toEqual({ to: 'pan', part: 0.25 });
  });

  it('leave what means nothing here to the browser', () => {
    for (const key of ['Tab', 'F5', 'a', 'toString', '__proto__']) expect(press(key, 0)).toBeNull();
  });
});
