import { describe, expect, it } from 'vitest';
import { fitted, moved, showing, zoomedAt } from './view';

describe("the map's view", () => {
  it('shows all of a large map, and a small one in its own size in the middle', () => {
    expect(fitted({ width: 2000, height: 100 }, { width: 1048, height: 500 }).scale).toBeCloseTo(0.5);
    expect(fitted({ width: 100, height: 100 }, { width: 500, height: 300 })).toEqual({ scale: 1, x: 200, y: 82 });
  });

  it('zooms around a place that stays where it is', () => {
    const view = zoomedAt({ x: 10, y: 20, scale: 1 }, 110, 120, 2);
    expect(view).toEqual({ scale: 2, x: -90, y: -80 });
  });

  it('does not zoom out of sight', () => {
    let view = { x: 0, y: 0, scale: 1 };
    for (let i = 0; i < 100; i++) view = zoomedAt(view, 0, 0, 0.5);
    expect(view.scale).toBeGreaterThan(0.05);
    expect(fitted({ width: NaN, height: 0 }, { width: 0, height: 0 }).scale).toBe(1);
  });

  it('moves just so far that a place is seen', () => {
    const screen = { width: 400, height: 300 };
    expect(showing({ x: 0, y: 0, scale: 1 }, 200, 100, screen)).toEqual({ x: 0, y: 0, scale: 1 });
    expect(showing({ x: 0, y: 0, scale: 1 }, 500, 100, screen)).toEqual({ x: -190, y: 0, scale: 1 });
    expect(showing({ x: 0, y: 0, scale: 0.1 }, 2000, 1500, screen)).toMatchObject({ scale: 0.6 });
    expect(moved({ x: 1, y: 2, scale: 3 }, 4, 5)).toEqual({ x: 5, y: 7, scale: 3 });
  });
});
