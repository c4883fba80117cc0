import { describe, expect, it } from 'vitest';
import { span, drawn } from './sample';
import { sharesOf } from './statistics';

const trace = drawn('x', {
  services: ['shop', 'bank'],
  spans: [
    span({ name: 'order', duration_ns: 100, self_time_ns: 40 }),
    span({ name: 'pay', service: 1, duration_ns: 30, self_time_ns: 30, depth: 1, status: 'error' }),
    span({ name: 'pay', service: 1, duration_ns: 60, self_time_ns: 30, depth: 1 }),
  ],
  critical_path: [
    { span: 0, start_offset_ns: 0, duration_ns: 40 },
    { span: 2, start_offset_ns: 40, duration_ns: 60 },
  ],
});

describe('where the time went', () => {
  it('is told by operation, what was busy longest first', () => {
    expect(sharesOf(trace, 'operation')).toEqual([
      { service: 'bank', operation: 'pay', spans: 2, errors: 1, total: 90, self: 60, longest: 60, longestSpan: 2, critical: 60 },
      { service: 'shop', operation: 'order', spans: 1, errors: 0, total: 100, self: 40, longest: 100, longestSpan: 0, critical: 40 },
    ]);
  });

  it('is told by service', () => {
    expect(sharesOf(trace, 'service').map((share) => [share.service, share.self])).toEqual([['bank', 60], ['shop', 40]]);
  });
});
