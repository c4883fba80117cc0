import { describe, expect, it } from 'vitest';
import { foldAt, foldedSpans, toggle, UNFOLDED } from './folds';
import { errorsAndAncestors, layoutOf } from './layout';
import { planted } from './sample';
import type { Trace, TraceLog } from './types';

const PICTURE = `
  order 0+100
    pay 10+50
      bank 20+30 error
    ship 70+20
  other 0+5
`;

function log(span: number | null, offset: number): TraceLog {
  return { log: { id: '1', time: '0', severity: 9, severity_text: 'INFO', service: '', body: '', event_name: '' }, span, offset_ns: offset };
}

function laidOut(folds = UNFOLDED, more: Partial<Trace> = {}, root = -1) {
  const { trace, tree } = planted(PICTURE, more);
  const layout = layoutOf(trace, tree, { folded: foldedSpans(tree, trace.spans, folds), root, kept: null });
  return { trace, tree, layout, names: [...layout.rows].map((at) => trace.spans[at]!.name) };
}

describe('rows', () => {
  it('are all spans when nothing is folded', () => {
    expect(laidOut().names).toEqual(['order', 'pay', 'bank', 'ship', 'other']);
  });

  it('leave out what is below a folded span, and know which row stands for it', () => {
    const { names, layout } = laidOut(toggle(UNFOLDED, ['pay']));
    expect(names).toEqual(['order', 'pay', 'ship', 'other']);
    expect([...layout.rowOf]).toEqual([0, 1, 1, 2, 3]);
  });

  it('end at the depth that is folded, except where one was opened by hand', () => {
    expect(laidOut(foldAt(0)).names).toEqual(['order', 'other']);
    expect(laidOut(toggle(foldAt(0), ['order'])).names).toEqual(['order', 'pay', 'ship', 'other']);
    expect(laidOut(foldAt(1)).names).toEqual(['order', 'pay', 'ship', 'other']);
  });

  it('are one subtree below a new root', () => {
    expect(laidOut(UNFOLDED, {}, 1).names).toEqual(['pay', 'bank']);
  });

  it('are errors and what leads to them when only errors are wanted', () => {
    const { trace, tree } = planted(PICTURE);
    const folded = foldedSpans(tree, trace.spans, UNFOLDED);
    const { rows } = layoutOf(trace, tree, { folded, root: -1, kept: errorsAndAncestors(tree, trace.spans) });
    expect([...rows].map((at) => trace.spans[at]!.name)).toEqual(['order', 'pay', 'bank']);
  });
});

describe('the critical path', () => {
  const critical_path = [
    { span: 0, start_offset_ns: 0, duration_ns: 10 },
    { span: 1, start_offset_ns: 10, duration_ns: 10 },
    { span: 2, start_offset_ns: 20, duration_ns: 30 },
    { span: 1, start_offset_ns: 50, duration_ns: 10 },
    { span: 0, start_offset_ns: 60, duration_ns: 10 },
    { span: 3, start_offset_ns: 70, duration_ns: 20 },
    { span: 0, start_offset_ns: 90, duration_ns: 10 },
  ];

  function stretches({ layout }: ReturnType<typeof laidOut>) {
    const { first, from, to } = layout.critical;
    return [...layout.rows].map((_, row) =>
      Array.from({ length: first[row + 1]! - first[row]! }, (_, n) => [from[first[row]! + n], to[first[row]! + n]]),
    );
  }

  it('is drawn on the rows of its spans', () => {
    expect(stretches(laidOut(UNFOLDED, { critical_path }))).toEqual([
      [[0, 10], [60, 70], [90, 100]],
      [[10, 20], [50, 60]],
      [[20, 50]],
      [[70, 90]],
      [],
    ]);
  });

  it('moves to the folded span that hides it, and what touches there is one stretch', () => {
    expect(stretches(laidOut(toggle(UNFOLDED, ['pay']), { critical_path }))[1]).toEqual([[10, 60]]);
    expect(stretches(laidOut(foldAt(0), { critical_path }))).toEqual([[[0, 100]], []]);
  });
});

describe('log records', () => {
  it('are drawn on their span, or on the folded one that hides it, in the order of time', () => {
    const { layout } = laidOut(toggle(UNFOLDED, ['pay']), { logs: [log(1, 15), log(2, 25), log(3, 75), log(null, 80)] });
    expect([...layout.logs.first]).toEqual([0, 0, 2, 3, 3]);
    expect([...layout.logs.item]).toEqual([0, 1, 2]);
    expect([...layout.logs.from]).toEqual([15, 25, 75]);
  });
});
