// One span in full, beside the waterfall.

import { useEffect, useState } from 'preact/hooks';
import { Attributes } from '../../parts/attributes';
import { ServiceName, StatusChip } from '../../parts/chips';
import { CopyButton } from '../../parts/copy';
import { cut, distance, duration, nanoTime, share } from '../../parts/formats';
import { Notice, RefusalNotice } from '../../parts/notice';
import { useAnswer } from '../../state/answer';
import { link } from '../../state/url';
import { PLACEMENTS } from './describe';
import { Fact, Panel, Section } from './panel';
import type { Shown } from './state';
import { SpanEvents } from './span-events';
import { SpanLinks } from './span-links';
import { SpanLogs } from './span-logs';
import { SpanOrigin } from './span-origin';
import type { SpanDetail, SpanRow, Trace } from './types';
import { isLive } from './use-trace';

/** Whoever goes through spans by key asks for those where they stop, milliseconds. */
const STOPPED = 120;
/** Log records, links from others and what its own links lead to come after a span; it is asked for again this often at most, milliseconds. */
const REST = 2_000;

export function SpanPanel({ shown, onClose }: { shown: Shown; onClose: () => void }) {
  const { trace, selected } = shown;
  const row = trace.spans[selected];
  const id = useSettled(row?.span_id ?? '');
  const question = id === '' ? undefined : { trace_id: trace.trace_id, span_id: id };
  const { answer, refusal } = useAnswer('/api/traces/{trace_id}/spans/{span_id}', question, { live: isLive(trace), restMs: REST });
  if (!row) return null;
  const detail = answer?.span_id === row.span_id ? answer : undefined;
  return (
    <Panel label="Span" title={cut(row.name, 300) || '(no name)'} head={<Head trace={trace} row={row} />} onClose={onClose}>
      <Facts trace={trace} row={row} detail={detail} />
      {row.placement !== 'inplace' && <Notice kind="warning">{PLACEMENTS[row.placement]}</Notice>}
      {row.skew_ns != null && (
        <Notice kind="warning">
          The clock of its service and that of its parent’s differ by at least {duration(row.skew_ns)}: bars of different services
          cannot be compared more exactly than that.
        </Notice>
      )}
      {row.placement === 'duplicate' && <Notice kind="note">What follows is the first span with this id.</Notice>}
      <RefusalNotice refusal={refusal} />
      {detail ? <Sections detail={detail} trace={trace} /> : !refusal && <p class="muted">Loading …</p>}
    </Panel>
  );
}

function useSettled(id: string): string {
  const [settled, setSettled] = useState(id);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(id), STOPPED);
    return () => clearTimeout(timer);
  }, [id]);
  return settled;
}

function Head({ trace, row }: { trace: Trace; row: SpanRow }) {
  return (
    <>
      <div class="row">
        <ServiceName service={trace.services[row.service] ?? ''} />
        <span class="muted">{row.kind}</span>
        <StatusChip status={row.status} message={row.status_message} />
      </div>
      {row.status_message && <p class="status-message">{cut(row.status_message, 2000)}</p>}
    </>
  );
}

function Facts({ trace, row, detail }: { trace: Trace; row: SpanRow; detail: SpanDetail | undefined }) {
  return (
    <dl class="span-facts">
      <Fact name="Duration">
        {duration(row.duration_ns)} <span class="muted">{share(row.duration_ns, trace.duration_ns)} of the trace</span>
      </Fact>
      <Fact name="Self time">
        {duration(row.self_time_ns)} <span class="muted">{share(row.self_time_ns, row.duration_ns)} of the span</span>
      </Fact>
      <Fact name="Begins">
        {distance(row.start_offset_ns)} {detail && <span class="muted">{nanoTime(detail.start)}</span>}
      </Fact>
      {detail && (
        <Fact name="Ends">
          {distance(row.start_offset_ns + row.duration_ns)} <span class="muted">{nanoTime(detail.end)}</span>
        </Fact>
      )}
      <Fact name="Span id">
        <span class="mono">{row.span_id}</span> <CopyButton text={row.span_id} what="span id" />
      </Fact>
      {row.parent_span_id && (
        <Fact name="Parent">
          <a class="mono" href={link(`/traces/${trace.trace_id}`, { span: row.parent_span_id })}>
            {row.parent_span_id}
          </a>
        </Fact>
      )}
    </dl>
  );
}

function Sections({ detail, trace }: { detail: SpanDetail; trace: Trace }) {
  const links = detail.links.length + detail.linked_from.length + detail.dropped_links;
  return (
    <>
      <Section title="Attributes" count={detail.attributes.length + detail.dropped_attributes}>
        <Attributes label="Span attributes" attributes={detail.attributes} dropped={detail.dropped_attributes} />
      </Section>
      {detail.logs.length > 0 && (
        <Section title="Logs" count={detail.logs.length}>
          <SpanLogs detail={detail} />
        </Section>
      )}
      {detail.events.length + detail.dropped_events > 0 && (
        <Section title="Events" count={detail.events.length + detail.dropped_events}>
          <SpanEvents detail={detail} traceStart={trace.start} />
        </Section>
      )}
      {links > 0 && (
        <Section title="Links" count={links}>
          <SpanLinks detail={detail} />
        </Section>
      )}
      <Section title="Resource" aside={cut(detail.resource.service, 80)} closed>
        <Attributes label="Resource attributes" attributes={detail.resource.attributes} prefix="resource." />
      </Section>
      <Section title="Scope and arrival" aside={cut(detail.scope.name, 80)} closed>
        <SpanOrigin detail={detail} />
      </Section>
    </>
  );
}
