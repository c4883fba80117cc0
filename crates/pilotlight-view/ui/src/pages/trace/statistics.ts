// Where a trace's time went, by service and operation.

import { isError } from './tree';
import type { Trace } from './types';

export interface Share {
  service: string;
  /** Empty in the rows that are about a service as a whole. */
  operation: string;
  spans: number;
  errors: number;
  /** The sum of the spans' durations, nanoseconds. Children are counted in their parents too. */
  total: number;
  /** The sum of what no child was busy with, nanoseconds. */
  self: number;
  /** The longest span, nanoseconds. */
  longest: number;
  /** A span of it that took longest, as a position. */
  longestSpan: number;
  /** How much of the critical path it is, nanoseconds. */
  critical: number;
}

export function sharesOf(trace: Trace, by: 'operation' | 'service'): Share[] {
  const critical = criticalBySpan(trace);
  const shares = new Map<string, Share>();
  trace.spans.forEach((span, at) => {
    const service = trace.services[span.service] ?? '';
    const operation = by === 'operation' ? span.name : '';
    // A service's name can hold anything, a zero character too; its position cannot.
    const key = `${span.service} ${operation}`;
    let share = shares.get(key);
    if (!share) {
      share = { service, operation, spans: 0, errors: 0, total: 0, self: 0, longest: -1, longestSpan: at, critical: 0 };
      shares.set(key, share);
    }
    share.spans += 1;
    share.errors += isError(span) ? 1 : 0;
    share.total += span.duration_ns;
    share.self += span.self_time_ns;
    share.critical += critical[at]!;
    if (span.duration_ns > share.longest) {
      share.longest = span.duration_ns;
      share.longestSpan = at;
    }
  });
  return [...shares.values()].sort((a, b) => b.self - a.self || b.total - a.total);
}

/** Nanoseconds of the critical path that each span is. */
export function criticalBySpan(trace: Trace): Float64Array {
  const sums = new Float64Array(trace.spans.length);
  for (const stretch of trace.critical_path) {
    if (stretch.span < sums.length) sums[stretch.span]! += stretch.duration_ns;
  }
  return sums;
}
