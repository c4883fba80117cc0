import { describe, expect, it } from 'vitest';
import type { Box, Layout, Way } from './graph';
import { layout } from './layout';

const box = (id: string): Box => ({ id, width: 120, height: 44 });
const way = (from: string, to: string): Way => ({ from, to, labelWidth: 90, labelHeight: 16 });

/** `a>b b>c`, and a lone `d`. */
function drawn(text: string): Layout {
  const words = text.split(' ');
  const names = [...new Set(words.flatMap((word) => word.split('>')))];
  return layout(
    names.map(box),
    words.filter((word) => word.includes('>')).map((word) => way(...(word.split('>') as [string, string]))),
  );
}

const at = ({ boxes }: Layout, id: string) => boxes.find((box) => box.id === id)!;

function overlaps({ boxes, ways }: Layout): string[] {
  const areas = [
    ...boxes.map(({ id, x, y, width, height }) => ({ id, x, y, width, height })),
    ...ways.map(({ from, to, label, labelWidth, labelHeight }) => ({
      id: `${from}>${to}`,
      x: label.x,
      y: label.y,
      width: labelWidth,
      height: labelHeight,
    })),
  ];
  return areas.flatMap((one, i) =>
    areas
      .slice(i + 1)
      .filter(
        (other) =>
          Math.abs(one.x - other.x) < (one.width + other.width) / 2 - 0.01 &&
          Math.abs(one.y - other.y) < (one.height + other.height) / 2 - 0.01,
      )
      .map((other) => `${one.id} and ${other.id}`),
  );
}

/** The same numbers each time. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

function tangle(nodes: number, edges: number, seed: number): { boxes: Box[]; ways: Way[] } {
  const next = random(seed);
  const pick = () => `node ${Math.floor(next() * nodes)}`;
  return {
    boxes: Array.from({ length: nodes }, (_, i) => box(`node ${i}`)),
    ways: Array.from({ length: edges }, () => way(pick(), pick())).filter(({ from, to }) => from !== to),
  };
}

describe('the layout', () => {
  it('puts callers left of what they call', () => {
    const map = drawn('web>gateway gateway>orders gateway>stock orders>stock orders>mail');
    for (const { from, to } of map.ways) expect(at(map, from).x).toBeLessThan(at(map, to).x);
  });

  it('turns only one edge of a cycle', () => {
    const map = drawn('a>b b>c c>a');
    const backwards = map.ways.filter(({ from, to }) => at(map, from).x > at(map, to).x);
    expect(backwards).toHaveLength(1);
    expect(map.ways).toHaveLength(3);
  });

  it('cuts a cycle where it comes back to its beginning', () => {
    const map = drawn('gateway>orders orders>broker broker>mailer mailer>orders orders>stock orders>payments');
    expect(at(map, 'orders').x).toBeLessThan(at(map, 'broker').x);
    expect(at(map, 'broker').x).toBeLessThan(at(map, 'mailer').x);
  });

  it('leads each way from side to side in its own direction', () => {
    const map = drawn('a>b b>c c>a a>c');
    for (const { from, to, points } of map.ways) {
      expect(Math.abs(points[0]!.x - at(map, from).x)).toBeCloseTo(60);
      expect(Math.abs(points.at(-1)!.x - at(map, to).x)).toBeCloseTo(60);
      expect(Math.abs(points[0]!.y - at(map, from).y)).toBeLessThanOrEqual(22);
    }
  });

  it('keeps a caller beside what it calls', () => {
    const map = drawn('a>b b>c c>d timer>d');
    expect(at(map, 'timer').x).toBeCloseTo(at(map, 'c').x);
  });

  it('keeps ways apart that go between the same two', () => {
    const map = drawn('a>b a>b b>a');
    expect(new Set(map.ways.map(({ label }) => label.y)).size).toBe(3);
    expect(overlaps(map)).toEqual([]);
  });

  it('does not cross ways that need not cross', () => {
    const map = drawn('a>y b>x a>v b>w');
    const below = (one: string, other: string) => at(map, one).y > at(map, other).y;
    expect(below('a', 'b')).toBe(below('y', 'x'));
    expect(below('a', 'b')).toBe(below('v', 'w'));
  });

  it('shows those who are alone, and passes over ways to itself and to strangers', () => {
    const map = layout([box('a'), box('b')], [way('a', 'a'), way('a', 'stranger')]);
    expect(map.boxes).toHaveLength(2);
    expect(map.ways).toEqual([]);
    expect(overlaps(map)).toEqual([]);
  });

  it('has nothing to show for nothing', () => {
    expect(layout([], [])).toEqual({ boxes: [], ways: [], width: 0, height: 0 });
  });

  it('is the same for the same graph in another order', () => {
    const { boxes, ways } = tangle(40, 60, 7);
    const once = layout(boxes, ways);
    expect(layout(boxes, ways)).toEqual(once);
    const again = layout([...boxes].reverse(), ways);
    for (const { id, x, y } of once.boxes) expect(at(again, id)).toMatchObject({ x, y });
  });

  it.each([1, 2, 3])('keeps a hundred boxes and their labels apart and inside (%d)', (seed) => {
    const { boxes, ways } = tangle(100, 160, seed);
    const map = layout(boxes, ways);
    expect(overlaps(map)).toEqual([]);
    for (const { x, y, width, height } of map.boxes) {
      expect(x - width / 2).toBeGreaterThanOrEqual(-0.01);
      expect(y - height / 2).toBeGreaterThanOrEqual(-0.01);
      expect(x + width / 2).toBeLessThanOrEqual(map.width + 0.01);
      expect(y + height / 2).toBeLessThanOrEqual(map.height + 0.01);
    }
  });

  it('manages the worst that is drawn: a long chain with as many short cuts', () => {
    const boxes = Array.from({ length: 200 }, (_, i) => box(String(i).padStart(3, '0')));
    const ways = boxes.slice(1).map(({ id }, i) => way(boxes[i]!.id, id));
    for (let i = 0; i < 200; i++) ways.push(way(boxes[i % 90]!.id, boxes[199 - (i % 70)]!.id));
    expect(layout(boxes, ways).ways).toHaveLength(399);
  });
});
