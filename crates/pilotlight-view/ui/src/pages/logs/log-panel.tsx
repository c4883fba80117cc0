// One log record in full, beside the list.

import { Attributes } from '../../parts/attributes';
import { ServiceName, SeverityChip } from '../../parts/chips';
import { CopyButton } from '../../parts/copy';
import { cut, nanoTime } from '../../parts/formats';
import { RefusalNotice } from '../../parts/notice';
import { useAnswer } from '../../state/answer';
import { link } from '../../state/url';
import { Fact, Panel, Section } from '../trace/panel';
import type { LogDetail } from './types';

/** A screen full of text; all of it can be copied. */
const BODY_MAX = 20_000;

export function LogPanel({ id, onClose }: { id: string; onClose: () => void }) {
  const { answer, refusal } = useAnswer('/api/logs/{id}', { id }, { live: false });
  const detail = answer?.row.id === id ? answer : undefined;
  return (
    <Panel label="Log record" title={detail ? nanoTime(detail.row.time) : 'Log record'} head={detail && <Head detail={detail} />} onClose={onClose}>
      {refusal?.status === 404 ? <p class="muted">This record is not here any more.</p> : <RefusalNotice refusal={refusal} />}
      {detail ? <Content detail={detail} /> : !refusal && <p class="muted">Loading …</p>}
    </Panel>
  );
}

function Head({ detail: { row } }: { detail: LogDetail }) {
  return (
    <div class="row">
      <SeverityChip severity={row.severity} text={row.severity_text} />
      <ServiceName service={row.service} />
    </div>
  );
}

function Content({ detail }: { detail: LogDetail }) {
  const { row, scope, resource } = detail;
  const stack = detail.attributes.find((attribute) => attribute.key === 'exception.stacktrace');
  const rest = detail.attributes.filter((attribute) => attribute !== stack);
  return (
    <>
      <div class="log-body">
        <pre>{cut(detail.body.text, BODY_MAX) || cut(row.event_name, 500) || '(no body)'}</pre>
        {detail.body.text !== '' && <CopyButton text={detail.body.text} what="body" />}
      </div>
      <Where detail={detail} />
      {stack && <pre class="stack">{cut(stack.text, BODY_MAX)}</pre>}
      <Section title="Attributes" count={rest.length + detail.dropped_attributes}>
        <Attributes label="Attributes of the record" attributes={rest} dropped={detail.dropped_attributes} filterPath="/logs" />
      </Section>
      <Section title="Resource" aside={cut(resource.service, 80)}>
        <Attributes label="Resource attributes" attributes={resource.attributes} filterPath="/logs" prefix="resource." />
      </Section>
      <Section title="Scope and arrival" aside={cut(scope.name, 80)} closed>
        <dl class="span-facts">
          <Fact name="Scope">
            {cut(scope.name, 200) || <span class="muted">not named</span>} <span class="muted">{cut(scope.version, 60)}</span>
          </Fact>
          <Fact name="Observed">{nanoTime(detail.observed)}</Fact>
          <Fact name="Severity">{row.severity === 0 ? 'none' : `${row.severity} of 24`}</Fact>
          <Fact name="Flags">
            <span class="mono">{detail.flags.toString(16).padStart(2, '0')}</span>
          </Fact>
          <Fact name="Arrival">{detail.arrival == null ? <span class="muted">read again from the file</span> : cut(detail.arrival, 300)}</Fact>
        </dl>
        {scope.attributes.length > 0 && <Attributes label="Scope attributes" attributes={scope.attributes} filterPath="none" />}
      </Section>
    </>
  );
}

/** The ways from the record to its trace, and to the records beside it. */
function Where({ detail: { row } }: { detail: LogDetail }) {
  if (row.trace_id == null) return <p class="muted">It names no trace: it was written outside of a span, or the bridge does not tell.</p>;
  return (
    <p class="row">
      <a class="button main" href={link(`/traces/${row.trace_id}`, { span: row.span_id ?? undefined })}>
        {row.span_id == null ? 'Open its trace' : 'Show on its span'}
      </a>
      <a class="button" href={link('/logs', { filter: `trace.id=${row.trace_id}`, log: row.id })}>
        Records of this trace
      </a>
    </p>
  );
}
