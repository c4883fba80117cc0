// A trace as the API would answer it, of any size and the same each time: services that call each other, some errors, events and logs.

const SERVICES = ['gateway', 'shop', 'payments', 'stock', 'mail', 'search', 'accounts', 'postgres'];
const OPERATIONS = ['POST /orders', 'charge card', 'SELECT orders', 'reserve stock', 'send mail', 'GET /search', 'verify token', 'publish order.created'];
const SEVERITIES = [
  [9, 'INFO'],
  [5, 'DEBUG'],
  [13, 'WARN'],
  [17, 'ERROR'],
];

/** A generator of numbers from 0 up to 1 that begins the same way each time. */
function numbers(seed) {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

export function syntheticTrace(count, traceId = '4bf92f3577b34da6a3ce929d0e0e4736') {
  const next = numbers(7);
  const spans = [];
  const duration = count * 1_000_000;
  // A span with so many in all: itself, and the rest shared out among its children, one after the other or side by side.
  const add = (depth, start, length, parent, budget) => {
    const at = spans.length;
    spans.push(span(at, depth, start, length, parent, next));
    let left = budget - 1;
    let from = start + length * 0.03;
    let busy = 0;
    while (left > 0) {
      const part = depth >= 14 ? 1 : Math.min(left, Math.max(1, Math.floor(next() * next() * left)));
      const long = Math.min((length * part) / budget, start + length - from);
      add(depth + 1, from, long * (0.6 + next() * 0.4), at, part);
      busy += long;
      if (next() > 0.15) from = Math.min(from + long, start + length);
      left -= part;
    }
    spans[at].self_time_ns = Math.round(Math.max(0, length - busy));
  };
  add(0, 0, duration, null, count);
  return {
    trace_id: traceId,
    start: '1763880000000000000',
    duration_ns: duration,
    services: SERVICES,
    spans,
    logs: logsOf(spans, traceId, next),
    critical_path: criticalPath(spans),
    faults: [],
    spans_left_out: 0,
    logs_left_out: 0,
  };
}

function span(at, depth, start, length, parent, next) {
  const service = Math.floor(next() * SERVICES.length);
  const failed = next() < 0.01;
  const events = next() < 0.1 ? [{ name: failed ? 'exception' : 'cache miss', offset_ns: Math.round(start + length * next()), exception: failed }] : [];
  return {
    span_id: (at + 1).toString(16).padStart(16, '0'),
    parent_span_id: parent === null ? null : (parent + 1).toString(16).padStart(16, '0'),
    parent,
    depth,
    name: OPERATIONS[(service + (at % 3)) % OPERATIONS.length],
    service,
    kind: ['server', 'client', 'internal'][at % 3],
    status: failed ? 'error' : 'unset',
    status_message: failed ? 'card declined' : null,
    start_offset_ns: Math.round(start),
    duration_ns: Math.round(length),
    self_time_ns: 0,
    events,
    links: 0,
    linked_from: 0,
    placement: 'inplace',
    skew_ns: null,
  };
}

function logsOf(spans, traceId, next) {
  const logs = [];
  for (const [at, span] of spans.entries()) {
    if (logs.length >= 10_000 || next() > 0.3) continue;
    const [severity, text] = SEVERITIES[Math.floor(next() ** 2 * SEVERITIES.length)];
    const offset = Math.round(span.start_offset_ns + span.duration_ns * next());
    logs.push({
      span: at,
      offset_ns: offset,
      log: {
        id: `log-${at}`,
        time: String(1763880000000000000n + BigInt(offset)),
        severity,
        severity_text: text,
        service: SERVICES[span.service],
        body: `order ${at} is at ${span.name}`,
        event_name: '',
        trace_id: traceId,
        span_id: span.span_id,
      },
    });
  }
  return logs.sort((a, b) => a.offset_ns - b.offset_ns);
}

/** Not what the server computes, but of the same form: stretches that follow each other, on spans all over the tree. */
function criticalPath(spans) {
  const steps = Math.min(spans.length, 4000);
  const length = spans[0].duration_ns / steps;
  return Array.from({ length: steps }, (_, step) => {
    const start = step * length;
    const busy = spans.findLastIndex((span) => span.start_offset_ns <= start && span.start_offset_ns + span.duration_ns > start);
    return { span: Math.max(0, busy), start_offset_ns: Math.round(start), duration_ns: Math.round(length) };
  });
}
