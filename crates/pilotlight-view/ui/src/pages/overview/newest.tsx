// What went wrong last, and what is odd about the telemetry itself.
import type { Schema } from '../../api/client';
import { FindingChip, ServiceName } from '../../parts/chips';
import { ago, compact, counted, cut, duration, msOf } from '../../parts/formats';
import { Loading, RefusalNotice } from '../../parts/notice';
import { useAnswer } from '../../state/answer';
import { link } from '../../state/url';
import { type Range, atAGlance } from './services';

const rows = 6;

/** The findings that matter most, in a line each. */
export function FoundThings() {
  const { answer } = useAnswer('/api/findings', {}, atAGlance);
  const findings = answer?.findings ?? [];
  if (findings.length === 0) return null;
  return (
    <section class="card">
      <header>
        <h2>{counted(findings.length, 'thing')} about your telemetry</h2>
        <a href="/findings">All with evidence</a>
      </header>
      <ul class="found">
        {findings.slice(0, 3).map((finding, at) => (
          <li key={`${finding.id} ${at}`}>
            <FindingChip severity={finding.severity} />
            <span>
              <strong>{cut(finding.title, 200)}.</strong> <span class="muted">{cut(finding.next, 300)}</span>
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

export function NewestErrors({ range }: Range) {
  const asked = useAnswer('/api/exceptions', range, atAGlance);
  const { answer, refusal } = asked;
  const groups = [...(answer?.groups ?? [])].sort((a, b) => msOf(b.last) - msOf(a.last));
  return (
    <section class="card">
      <header>
        <h2>Newest exceptions</h2>
        <a href="/exceptions">All</a>
      </header>
      <RefusalNotice refusal={refusal} />
      <Loading asked={asked} />
      <ul class="lines">
        {groups.slice(0, rows).map((group) => (
          <li key={`${group.kind} ${group.message}`}>
            <span class="cut">
              <a class="row-link" href={whereOf(group)}>
                {cut(group.kind, 80) || 'Exception'}
              </a>
              <span class="muted">{cut(group.message, 200)}</span>
            </span>
            <span class="lines-aside">
              {compact(group.count)} × · {ago(msOf(group.last))}
            </span>
          </li>
        ))}
      </ul>
      {answer && groups.length === 0 && <p class="muted">None in this stretch of time.</p>}
    </section>
  );
}

/** Where the newest of a group happened. */
function whereOf({ examples }: Schema<'ExceptionGroup'>): string {
  const newest = examples[0];
  if (newest?.trace_id != null) return link(`/traces/${newest.trace_id}`, { span: newest.span_id ?? undefined });
  return newest?.log_id != null ? link('/logs', { log: newest.log_id }) : '/exceptions';
}

export function FailedTraces({ range }: Range) {
  const asked = useAnswer('/api/traces', { ...range, errors: true, sort: 'newest', limit: rows }, atAGlance);
  const { answer, refusal } = asked;
  const traces = answer?.traces ?? [];
  return (
    <section class="card">
      <header>
        <h2>Newest traces with errors</h2>
        <a href={link('/traces', { errors: true, sort: 'newest' })}>All</a>
      </header>
      <RefusalNotice refusal={refusal} />
      <Loading asked={asked} />
      <ul class="lines">
        {traces.map((trace) => (
          <li key={trace.trace_id}>
            <span class="row cut">
              <a class="row-link" href={`/traces/${trace.trace_id}`}>
                {cut(trace.name, 100) || '(no name)'}
              </a>
              <ServiceName service={trace.service} />
            </span>
            <span class="lines-aside">
              {duration(trace.duration_ns)} · {ago(msOf(trace.start))}
            </span>
          </li>
        ))}
      </ul>
      {answer && traces.length === 0 && <p class="muted">None in this stretch of time.</p>}
      {answer && !answer.complete && <p class="muted">Only the newest part of the time was searched.</p>}
    </section>
  );
}
