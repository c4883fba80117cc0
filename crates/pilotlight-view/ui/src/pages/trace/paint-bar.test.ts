import { expect, it } from 'vitest';
import type { Ink } from './ink';
import { layoutOf } from './layout';
import { BAR, MARGIN, NARROWEST_BAR } from './measures';
import { paintBar } from './paint-bar';
import type { Picture } from './picture';
import { planted } from './sample';
import { selfTimes } from './self-time';

/** How wide the first row's bar is painted, pixels. */
function painted(drawing: string): { pale: number[]; full: number[] } {
  const { trace, tree } = planted(drawing);
  const layout = layoutOf(trace, tree, { folded: new Uint8Array(tree.count), root: -1, kept: null });
  const picture: Picture = {
    trace, tree, layout, selfOf: selfTimes(tree, trace.spans), range: { from: 0, to: 100 },
    // A pixel for each nanosecond.
    width: 100 + 100 + MARGIN, height: 100, gutter: 100, scrollTop: 0,
    selected: -1, hovered: -1, found: new Set(), ink: { service: () => '' } as unknown as Ink,
  };
  const widths = { pale: [] as number[], full: [] as number[] };
  const canvas = {
    globalAlpha: 1,
    fillRect(_x: number, _y: number, width: number, height: number) {
      if (height === BAR) widths[this.globalAlpha < 1 ? 'pale' : 'full'].push(width);
    },
    measureText: () => ({ width: 20 }),
    fillText: () => undefined,
  };
  paintBar(canvas as unknown as CanvasRenderingContext2D, picture, 0);
  return widths;
}

it('paints a bar in full colour where the span itself was busy', () => {
  expect(painted(`
    a 0+100
      b 50+50
  `)).toEqual({ pale: [100], full: [50] });
});

it('paints the bar of a span that took no time in full colour, as narrow as can be', () => {
  expect(painted('a 40+0')).toEqual({ pale: [NARROWEST_BAR], full: [NARROWEST_BAR] });
});
