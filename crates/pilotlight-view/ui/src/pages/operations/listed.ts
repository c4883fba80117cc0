// The list of operations: in which order, and which traces each stands for.
import type { Schema } from '../../api/client';
import { wordFor } from '../../parts/filter';
import { link, type QueryChange } from '../../state/url';

export type Operation = Schema<'Operation'>;

const numbers = {
  rate: (operation: Operation) => operation.count,
  errors: (operation: Operation) => operation.errors,
  share: (operation: Operation) => operation.errors / Math.max(1, operation.count),
  p50: (operation: Operation) => operation.p50_ms,
  p95: (operation: Operation) => operation.p95_ms,
  p99: (operation: Operation) => operation.p99_ms,
  max: (operation: Operation) => operation.max_ms,
} as const;

/** `worst` is the viewer's own order: the most errors, then the slowest. */
export type Order = keyof typeof numbers | 'worst' | 'name' | 'service';

export function orderNamed(text: string): Order {
  return text === 'name' || text === 'service' || Object.hasOwn(numbers, text) ? (text as Order) : 'worst';
}

/** The operations in an order; those that are equal stay as they came. */
export function sorted(operations: readonly Operation[], order: Order): Operation[] {
  if (order === 'worst') return [...operations];
  if (order === 'name' || order === 'service') {
    return [...operations].sort((one, other) => (one[order] === other[order] ? 0 : one[order] < other[order] ? -1 : 1));
  }
  const number = numbers[order];
  return [...operations].sort((one, other) => number(other) - number(one));
}

export function keyOf({ service, name, kind }: Pick<Operation, 'service' | 'name' | 'kind'>): string {
  return JSON.stringify([service, kind, name]);
}

/** The filter that means an operation's spans; none when its names are too long to be one. */
export function filterOf({ service, name, kind }: Pick<Operation, 'service' | 'name' | 'kind'>): string | undefined {
  if (service.length + name.length > 2000) return undefined;
  return [wordFor('service', '=', service), wordFor('span.name', '=', name), wordFor('span.kind', '=', kind)].join(' ');
}

/** The page of an operation's traces, in the same stretch of time. */
export function tracesLink(operation: Operation, range: QueryChange, more: QueryChange = {}): string | undefined {
  const filter = filterOf(operation);
  return filter === undefined ? undefined : link('/traces', { filter, ...range, ...more });
}
