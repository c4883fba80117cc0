// The spans that were looked for: at once by what the page knows of them, and a moment later by their attributes, which only the viewer
// knows.

import { useMemo } from 'preact/hooks';
import { useAnswer } from '../../state/answer';
import { findSpans, union } from './find';
import type { SpanNames } from './span-names';
import type { Trace } from './types';

export interface Found {
  /** Positions, rising. */
  spans: readonly number[];
  /** Why the viewer could not read the question as a filter. What is found then is what the page knows. */
  unread: string | undefined;
}

export function useFound(trace: Trace, names: SpanNames, question: string): Found {
  const asked = question === '' ? undefined : { trace_id: trace.trace_id, filter: question };
  const { answer, refusal } = useAnswer('/api/traces/{trace_id}/spans', asked, { live: false });
  const spans = useMemo(() => {
    const here = findSpans(trace, question);
    if (question === '' || refusal || !answer) return here;
    return union(here, answer.span_ids.map(names.at).filter((at) => at >= 0));
  }, [trace, names, question, answer, refusal]);
  return { spans, unread: question === '' ? undefined : refusal?.message };
}
