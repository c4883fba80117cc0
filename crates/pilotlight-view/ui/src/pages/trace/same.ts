// Whether a trace that was asked for again is still the same, so that nothing is laid out anew when only others got news.

import type { Trace } from './types';

/** Spans never change once they came; what comes later adds to these numbers. */
export function sameTrace(one: Trace, other: Trace): boolean {
  return (
    one.trace_id === other.trace_id &&
    one.spans.length === other.spans.length &&
    one.logs.length === other.logs.length &&
    one.start === other.start &&
    one.duration_ns === other.duration_ns &&
    one.spans_left_out === other.spans_left_out &&
    one.logs_left_out === other.logs_left_out &&
    linkedFrom(one) === linkedFrom(other)
  );
}

function linkedFrom(trace: Trace): number {
  return trace.spans.reduce((sum, span) => sum + span.linked_from, 0);
}
