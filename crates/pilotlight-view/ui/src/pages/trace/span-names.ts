// What the address calls each span: its id, and for later ones with the same id a number as well, so that each can be selected.

import type { SpanRow } from './types';

export interface SpanNames {
  /** -1 when there is no such span. */
  at: (name: string) => number;
  of: (position: number) => string;
}

export function namesOf(spans: readonly SpanRow[]): SpanNames {
  const positions = new Map<string, number>();
  const copies = new Map<string, number>();
  const names = spans.map(({ span_id: id }, position) => {
    const copy = positions.has(id) ? (copies.get(id) ?? 1) + 1 : 1;
    if (copy > 1) copies.set(id, copy);
    const name = copy === 1 ? id : `${id}.${copy}`;
    positions.set(name, position);
    return name;
  });
  return { at: (name) => positions.get(name) ?? -1, of: (position) => names[position] ?? '' };
}
