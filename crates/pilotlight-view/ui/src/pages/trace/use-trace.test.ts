import { expect, it } from 'vitest';
import type { Trace } from './types';
import { isLive } from './use-trace';

const traceOf = (count: number) => ({ spans: new Array(count) }) as unknown as Trace;

it('asks for a trace and its spans again by itself unless the trace is large', () => {
  expect([undefined, traceOf(3), traceOf(5_000), traceOf(5_001)].map(isLive)).toEqual([true, true, true, false]);
});
