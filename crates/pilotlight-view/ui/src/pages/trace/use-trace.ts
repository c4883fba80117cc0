// The trace that the page shows, asked for again while more of it can come.

import { useRef } from 'preact/hooks';
import type { Refusal } from '../../api/client';
import { useAnswer } from '../../state/answer';
import { sameTrace } from './same';
import type { Trace } from './types';

/** Larger traces are not asked for again by themselves: megabytes each second would take the machine from those who are measured. */
const LIVE_SPANS_MAX = 5_000;

/** Whether a trace, and what is shown of it, is asked for again when something came. */
export function isLive(trace: Trace | undefined): boolean {
  return (trace?.spans.length ?? 0) <= LIVE_SPANS_MAX;
}

export interface AskedTrace {
  trace: Trace | undefined;
  refusal: Refusal | undefined;
  asking: boolean;
  /** Whether it is asked for again when something came. */
  live: boolean;
}

export function useTrace(id: string): AskedTrace {
  const kept = useRef<Trace | undefined>(undefined);
  const live = isLive(kept.current);
  const { answer, refusal, asking } = useAnswer('/api/traces/{trace_id}', { trace_id: id }, { live });
  // The answer to the question before is another trace: it is not shown below this one's address.
  const mine = answer && answer.trace_id.toLowerCase() === id.toLowerCase() ? answer : undefined;
  if (!mine || !kept.current || !sameTrace(kept.current, mine)) kept.current = mine;
  return { trace: kept.current, refusal, asking, live };
}
