import { describe, expect, it } from 'vitest';
import { dragged, gripAt } from './overview';

const ALL = { from: 0, to: 1000 };
const RANGE = { from: 200, to: 600 };

describe('the strip with the whole trace', () => {
  it('is taken hold of by an edge, the window or anywhere else', () => {
    expect(gripAt(RANGE, ALL, 1000, 203)).toBe('from');
    expect(gripAt(RANGE, ALL, 1000, 597)).toBe('to');
    expect(gripAt(RANGE, ALL, 1000, 400)).toBe('window');
    expect(gripAt(RANGE, ALL, 1000, 900)).toBe('new');
    expect(gripAt(ALL, ALL, 1000, 400)).toBe('new');
  });

  it('moves what was taken hold of', () => {
    expect(dragged('from', RANGE, ALL, 500, 100, 150)).toEqual({ from: 300, to: 600 });
    expect(dragged('to', RANGE, ALL, 500, 300, 350)).toEqual({ from: 200, to: 700 });
    expect(dragged('window', RANGE, ALL, 500, 200, 250)).toEqual({ from: 300, to: 700 });
    expect(dragged('new', RANGE, ALL, 500, 450, 400)).toEqual({ from: 800, to: 900 });
  });

  it('never turns a range around', () => {
    expect(dragged('from', RANGE, ALL, 1000, 200, 900)).toEqual({ from: 600, to: 600 });
  });
});
