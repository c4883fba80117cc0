// The map's layout: boxes in columns, callers on the left, with room for a label on each way. Pure, and the same for the same graph.
//
//   parts that are not connected  ->  one by one: an order that cuts cycles (sequence), columns (layers), few crossings (crossings),
//   heights (heights), the ways' points (route)  ->  packed side by side (pack)
import type { Box, Edge, Graph, Layout, PlacedBox, PlacedWay, Point, Way } from './graph';
import { untangle } from './crossings';
import { heights } from './heights';
import { layers, type Item } from './layers';
import { pack } from './pack';
import { route } from './route';
import { sequence } from './sequence';

/** Room between two columns. */
const gap = 20;

export function layout(boxes: readonly Box[], ways: readonly Way[]): Layout {
  const parts = connected(boxes, ways).map(layoutPart);
  const placed = new Map<string, PlacedBox>();
  const points = new Map<number, Routed>();
  const { places, width, height } = pack(parts);
  parts.forEach((part, i) => {
    const { x, y } = places[i]!;
    for (const box of part.boxes) placed.set(box.id, { ...box, x: box.x + x, y: box.y + y });
    for (const way of part.ways) points.set(way.way, moved(way, x, y));
  });
  return {
    boxes: boxes.flatMap((box) => placed.get(box.id) ?? []),
    ways: ways.flatMap((way, i): PlacedWay[] => {
      const found = points.get(i);
      return found ? [{ ...way, index: i, points: found.points, label: found.label }] : [];
    }),
    width,
    height,
  };
}

interface Routed {
  way: number;
  points: Point[];
  label: Point;
}

interface Part {
  boxes: PlacedBox[];
  ways: Routed[];
  width: number;
  height: number;
}

/** The graph's parts that have nothing to do with each other: larger ones first, and within each the boxes by name. */
function connected(boxes: readonly Box[], ways: readonly Way[]): Graph[] {
  const sorted = [...boxes].sort((one, other) => (one.id < other.id ? -1 : 1));
  const index = new Map(sorted.map((box, i) => [box.id, i]));
  const root = sorted.map((_, i) => i);
  const find = (box: number): number => {
    while (root[box] !== box) box = root[box] = root[root[box]!]!;
    return box;
  };
  const edges: Edge[] = [];
  ways.forEach(({ from, to, labelWidth, labelHeight }, way) => {
    const [a, b] = [index.get(from), index.get(to)];
    if (a === undefined || b === undefined || a === b) return;
    edges.push({ from: a, to: b, way, labelWidth, labelHeight });
    root[find(a)] = find(b);
  });
  const parts = new Map<number, Graph>();
  const within = sorted.map((box, i) => {
    const part = parts.get(find(i)) ?? { boxes: [], edges: [] };
    parts.set(find(i), part);
    return part.boxes.push(box) - 1;
  });
  edges.sort((one, other) => one.from - other.from || one.to - other.to || one.way - other.way);
  for (const edge of edges) parts.get(find(edge.from))!.edges.push({ ...edge, from: within[edge.from]!, to: within[edge.to]! });
  return [...parts.values()].sort((one, other) => other.boxes.length - one.boxes.length);
}

function layoutPart(graph: Graph): Part {
  const columns = layers(graph.boxes, graph.edges, sequence(graph));
  untangle(columns);
  const y = heights(columns);
  const x = across(columns.items, columns.columns);
  const { items } = columns;
  const top = items.reduce((least, item, i) => Math.min(least, y[i]! - item.height / 2), Infinity);
  const bottom = items.reduce((most, item, i) => Math.max(most, y[i]! + item.height / 2), -Infinity);
  const at = items.map((_, i) => ({ x: x[i]!, y: y[i]! - top }));
  return {
    boxes: graph.boxes.map((box, i) => ({ ...box, ...at[i]! })),
    ways: route(columns, at),
    width: items.reduce((most, item, i) => Math.max(most, x[i]! + item.width / 2), 0),
    height: bottom - top,
  };
}

/** How far right each item's centre stands: each column as wide as its widest item. */
function across(items: readonly Item[], columns: readonly number[][]): number[] {
  const x = new Array<number>(items.length).fill(0);
  let left = 0;
  for (const column of columns) {
    const width = column.reduce((widest, item) => Math.max(widest, items[item]!.width), 0);
    for (const item of column) x[item] = left + width / 2;
    left += width + gap;
  }
  return x;
}

function moved({ way, points, label }: Routed, x: number, y: number): Routed {
  const move = (point: Point) => ({ x: point.x + x, y: point.y + y });
  return { way, points: points.map(move), label: move(label) };
}
