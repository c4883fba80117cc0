// The log records of a span, each a way to the logs page.

import { SeverityChip } from '../../parts/chips';
import { cut, distance, number } from '../../parts/formats';
import { link } from '../../state/url';
import { sinceNs } from './since';
import type { SpanDetail } from './types';

/** A panel is no list of thousands; the logs page is. */
const LOGS_MAX = 100;

export function SpanLogs({ detail }: { detail: SpanDetail }) {
  const filter = `trace.id=${detail.trace_id} span.id=${detail.span_id}`;
  return (
    <>
      <ul class="span-logs">
        {detail.logs.slice(0, LOGS_MAX).map((log) => (
          <li key={log.id}>
            <a href={link('/logs', { filter, log: log.id })} title="Show on the logs page">
              <SeverityChip severity={log.severity} text={log.severity_text} />
              <span class="span-log-body">{cut(log.body || log.event_name, 400) || '(no body)'}</span>
              <span class="muted">{distance(sinceNs(detail.start, log.time))}</span>
            </a>
          </li>
        ))}
      </ul>
      <a href={link('/logs', { filter })}>
        {detail.logs.length > LOGS_MAX ? `All ${number(detail.logs.length)} on the logs page` : 'On the logs page'}
      </a>
      {' · '}
      <a href={link('/logs', { filter: `trace.id=${detail.trace_id}` })}>Logs of the whole trace</a>
    </>
  );
}
