// Traces for tests and for the bench: made the same way each time.

import { treeOf } from './tree';
import type { SpanRow, Trace } from './types';

type Given = Partial<SpanRow> & { name: string };

/** A span at depth 0 from 0 to 100 ns, except for what is given. */
export function span(given: Given): SpanRow {
  return {
    span_id: given.name,
    depth: 0,
    service: 0,
    kind: 'internal',
    status: 'unset',
    start_offset_ns: 0,
    duration_ns: 100,
    self_time_ns: 0,
    events: [],
    links: 0,
    linked_from: 0,
    placement: 'inplace',
    ...given,
  };
}

/** A trace as the API would tell it, from a drawing: two spaces a level, then the name and, when given, `start+duration`. */
export function drawn(picture: string, more: Partial<Trace> = {}): Trace {
  const lines = picture.split('\n').filter((line) => line.trim() !== '');
  const edge = Math.min(...lines.map((line) => line.search(/\S/)));
  const spans = lines.map((line) => {
    const [name = '', times = '0+100', ...flags] = line.trim().split(' ');
    const [start = 0, duration = 100] = times.split('+').map(Number);
    return span({
      name,
      depth: (line.search(/\S/) - edge) / 2,
      start_offset_ns: start,
      duration_ns: duration,
      status: flags.includes('error') ? 'error' : 'unset',
    });
  });
  return {
    trace_id: '0'.repeat(31) + '1',
    start: '1763880000000000000',
    duration_ns: Math.max(0, ...spans.map((s) => s.start_offset_ns + s.duration_ns)),
    services: ['shop'],
    spans,
    logs: [],
    critical_path: [],
    faults: [],
    spans_left_out: 0,
    logs_left_out: 0,
    ...more,
  };
}

/** A trace and its tree. */
export function planted(picture: string, more: Partial<Trace> = {}) {
  const trace = drawn(picture, more);
  return { trace, tree: treeOf(trace.spans) };
}
