import { expect, it } from 'vitest';
import { drawn, span } from './sample';
import { sameTrace } from './same';

it('sees what came later, and that nothing came', () => {
  const trace = drawn('order');
  expect(sameTrace(trace, drawn('order'))).toBe(true);
  expect(sameTrace(trace, { ...trace, spans: [...trace.spans, span({ name: 'late' })] })).toBe(false);
  expect(sameTrace(trace, { ...trace, spans: [span({ name: 'order', linked_from: 1 })] })).toBe(false);
  expect(sameTrace(trace, { ...trace, trace_id: 'f'.repeat(32) })).toBe(false);
});
