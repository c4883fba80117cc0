// What is under the pointer, in a few lines.

import { cut, duration, share } from '../../parts/formats';
import { PLACEMENTS } from './describe';
import type { Spot } from './picture';
import type { Trace } from './types';

/** As wide and as high as it gets, so that it stays within the waterfall. */
const WIDE = 380;
const HIGH = 150;

export interface SpanTooltipProps {
  trace: Trace;
  spot: Spot & { x: number; y: number };
  width: number;
  height: number;
}

export function SpanTooltip({ trace, spot, width, height }: SpanTooltipProps) {
  const span = trace.spans[spot.span];
  if (!span) return null;
  const left = Math.max(4, Math.min(spot.x + 14, width - WIDE - 4));
  const top = spot.y + 20 + HIGH > height ? Math.max(4, spot.y - HIGH) : spot.y + 20;
  return (
    <div class="span-tooltip" aria-hidden="true" style={{ transform: `translate(${left}px, ${top}px)` }}>
      <strong>{cut(span.name, 120)}</strong> <span class="muted">{cut(trace.services[span.service] ?? '', 60)}</span>
      <div>
        {duration(span.duration_ns)} · {share(span.duration_ns, trace.duration_ns)} of the trace
      </div>
      <div class="muted">
        {duration(span.self_time_ns)} of its own · begins at {duration(span.start_offset_ns)} · {span.kind}
      </div>
      {span.status === 'error' && <div class="bad">Error{span.status_message ? `: ${cut(span.status_message, 160)}` : ''}</div>}
      {span.placement !== 'inplace' && <div class="doubtful">{PLACEMENTS[span.placement]}</div>}
      {span.skew_ns != null && <div class="doubtful">Its clock differs by at least {duration(span.skew_ns)}</div>}
      {spot.events.map((at) => (
        <div key={`event ${at}`}>
          <span class="muted">event</span> {cut(span.events[at]?.name ?? '', 100)}
        </div>
      ))}
      {spot.logs.map((at) => (
        <div key={`log ${at}`}>
          <span class="muted">{trace.logs[at]?.log.severity_text || 'log'}</span> {cut(trace.logs[at]?.log.body ?? '', 140)}
        </div>
      ))}
    </div>
  );
}
