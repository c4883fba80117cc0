// An order of the boxes in which as few edges as possible go backwards: so cycles are cut where it hurts least.
// (Eades, Lin and Smyth's heuristic: ends go last, beginnings first, and between them whoever calls more than it is called.)
import type { Graph } from './graph';

/** Positions of boxes, first to last. The same graph gives the same order. */
export function sequence({ boxes, edges }: Graph): number[] {
  const out = boxes.map(() => [] as number[]);
  const into = boxes.map(() => [] as number[]);
  for (const edge of edges) {
    out[edge.from]!.push(edge.to);
    into[edge.to]!.push(edge.from);
  }
  // Where callers are equal, who called more at first goes first: it is nearer to the beginning.
  const callers = boxes.map((_, box) => out[box]!.length - into[box]!.length);
  const left = new Set(boxes.keys());
  const outs = out.map((to) => to.length);
  const ins = into.map((from) => from.length);
  const first: number[] = [];
  const last: number[] = [];
  const take = (box: number, where: number[]) => {
    left.delete(box);
    where.push(box);
    for (const to of out[box]!) ins[to]!--;
    for (const from of into[box]!) outs[from]!--;
  };
  while (left.size > 0) {
    const end = find(left, (box) => outs[box] === 0);
    if (end !== undefined) take(end, last);
    const beginning = find(left, (box) => ins[box] === 0);
    if (beginning !== undefined) take(beginning, first);
    if (end === undefined && beginning === undefined) take(caller(left, (box) => 1000 * (outs[box]! - ins[box]!) + callers[box]!), first);
  }
  return first.concat(last.reverse());
}

function find(left: Set<number>, holds: (box: number) => boolean): number | undefined {
  for (const box of left) if (holds(box)) return box;
  return undefined;
}

function caller(left: Set<number>, surplus: (box: number) => number): number {
  let best = -1;
  for (const box of left) {
    if (best < 0 || surplus(box) > surplus(best)) best = box;
  }
  return best;
}
