// A span in one sentence, for those who hear the page.

import { counted, cut, duration } from '../../parts/formats';
import type { Trace } from './types';

export function describeSpan(trace: Trace, at: number): string {
  const span = trace.spans[at];
  if (!span) return '';
  const parts = [
    `${cut(span.name, 200)}, ${cut(trace.services[span.service] ?? '', 100)}`,
    `${duration(span.duration_ns)}, begins at ${duration(span.start_offset_ns)}`,
  ];
  if (span.status === 'error') parts.push(`error${span.status_message ? `: ${cut(span.status_message, 200)}` : ''}`);
  if (span.placement !== 'inplace') parts.push(PLACEMENTS[span.placement] ?? span.placement);
  if (span.skew_ns != null) parts.push(`its clock differs by at least ${duration(span.skew_ns)}`);
  if (span.events.length > 0) parts.push(counted(span.events.length, 'event'));
  const logs = trace.logs.filter((log) => log.span === at).length;
  if (logs > 0) parts.push(counted(logs, 'log record'));
  return parts.join('; ');
}

export const PLACEMENTS: Record<string, string> = {
  orphan: 'its parent is not here',
  cycle: 'it is its own ancestor: the circle was opened here',
  duplicate: 'another span has the same id',
};
