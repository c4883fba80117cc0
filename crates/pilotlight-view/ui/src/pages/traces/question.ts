// What the address of the list of traces asks for.
import type { Schema } from '../../api/client';
import { msOf } from '../../parts/formats';
import { type QueryChange, numberOf } from '../../state/url';
import type { Stretch } from './picture';

export type Sort = Schema<'TraceSort'>;

export const sorts: Readonly<Record<Sort, string>> = {
  'errors-first': 'Errors first',
  newest: 'Newest',
  slowest: 'Slowest',
  'most-spans': 'Most spans',
};

export interface Asking {
  readonly filter: string;
  readonly errors: boolean;
  readonly sort: Sort;
  /** Milliseconds. */
  readonly shortest: number | undefined;
  readonly longest: number | undefined;
}

export function askingOf(query: URLSearchParams): Asking {
  const sort = query.get('sort') ?? '';
  return {
    filter: query.get('filter') ?? '',
    errors: query.get('errors') === '1',
    sort: Object.hasOwn(sorts, sort) ? (sort as Sort) : 'errors-first',
    shortest: numberOf(query, 'min'),
    longest: numberOf(query, 'max'),
  };
}

/** The same for the API, without its range and its page. */
export function questionOf({ filter, errors, sort, shortest, longest }: Asking) {
  return {
    filter,
    ...(errors && { errors }),
    ...(sort !== 'errors-first' && { sort }),
    ...(shortest !== undefined && { duration_ms_min: shortest }),
    ...(longest !== undefined && { duration_ms_max: longest }),
  };
}

/** Where what was looked at begins, milliseconds since 1970: where the search ended, or where the range begins. None when it has no begin. */
export function beginOf(fromMs: number | undefined, list: Pick<Schema<'TraceList'>, 'searched_back_to'> | undefined): number | undefined {
  return list?.searched_back_to == null ? fromMs : msOf(list.searched_back_to);
}

/**
 * A box of the picture as a change of the address. Numbers are rounded outwards, so that what was in the box stays in. A box with an
 * end in time alone begins with what was looked at, at `beginMs`: without it, the viewer would search its file for what is older.
 */
export function changeFor({ fromMs, toMs, shortestMs, longestMs }: Stretch, beginMs?: number): QueryChange {
  const from = fromMs ?? (toMs === undefined ? undefined : beginMs);
  return {
    ...(from !== undefined && { from: Math.floor(from) }),
    ...(toMs !== undefined && { to: Math.ceil(toMs) }),
    ...(shortestMs !== undefined && { min: rounded(shortestMs, Math.floor) }),
    ...(longestMs !== undefined && { max: rounded(longestMs, Math.ceil) }),
  };
}

function rounded(ms: number, way: (value: number) => number): number {
  const step = 10 ** (Math.floor(Math.log10(Math.max(ms, 1e-6))) - 2);
  return Number((way(ms / step) * step).toPrecision(4));
}

/** `250`, `250ms`, `1.5s`, `80us`, `2m` in milliseconds; none when it is no duration. */
export function durationIn(text: string): number | undefined {
  const found = /^\s*(\d+(?:\.\d+)?)\s*(ns|us|µs|ms|s|m|min|h)?\s*$/.exec(text);
  if (!found) return undefined;
  const perUnit: Record<string, number> = { ns: 1e-6, us: 1e-3, µs: 1e-3, ms: 1, s: 1e3, m: 6e4, min: 6e4, h: 36e5 };
  return Number(found[1]) * (perUnit[found[2] ?? 'ms'] ?? 1);
}
