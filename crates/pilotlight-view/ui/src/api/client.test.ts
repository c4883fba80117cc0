import { expect, it } from 'vitest';
import { addressOf } from './client';

it('fills names into the path and leaves the rest to the query', () => {
  expect(addressOf('/api/traces/{trace_id}/spans/{span_id}', { trace_id: 'a/b', span_id: 'c', from_ms: 1 })).toBe(
    '/api/traces/a%2Fb/spans/c?from_ms=1',
  );
});

it('leaves out what is not given', () => {
  expect(addressOf('/api/traces', { filter: '', errors: false, limit: undefined, offset: 0 })).toBe('/api/traces?offset=0');
});
