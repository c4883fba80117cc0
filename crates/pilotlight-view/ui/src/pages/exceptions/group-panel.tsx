// One group of exceptions: its newest stack trace, and where to see them.

import { ServiceName } from '../../parts/chips';
import { CopyButton } from '../../parts/copy';
import { counted, cut, dateTime, msOf } from '../../parts/formats';
import { link } from '../../state/url';
import { Fact, Panel, Section } from '../trace/panel';
import { filterOf } from './groups';
import type { ExceptionExample, ExceptionGroup } from './types';

export function GroupPanel({ group, onClose }: { group: ExceptionGroup; onClose: () => void }) {
  const filter = filterOf(group);
  return (
    <Panel label="Exception" title={cut(group.kind, 300) || '(no type)'} head={<p class="status-message">{cut(group.message, 2000)}</p>} onClose={onClose}>
      <dl class="span-facts">
        <Fact name="Count">{counted(group.count, 'time')}</Fact>
        <Fact name="First">{dateTime(msOf(group.first))}</Fact>
        <Fact name="Last">{dateTime(msOf(group.last))}</Fact>
        <Fact name="Services">
          <span class="row">
            {group.services.slice(0, 20).map((service) => (
              <ServiceName key={service} service={service} />
            ))}
          </span>
        </Fact>
        {group.operations.length > 0 && <Fact name="Operations">{cut(group.operations.join(', '), 600)}</Fact>}
      </dl>
      {filter !== undefined && (
        <p class="row">
          <a class="button" href={link('/traces', { filter })}>
            Traces with it
          </a>
          <a class="button" href={link('/logs', { filter })}>
            Log records with it
          </a>
        </p>
      )}
      <Section title="Examples" count={group.examples.length}>
        <ul class="examples">
          {group.examples.map((example, at) => (
            <li key={at}>
              <Example example={example} />
            </li>
          ))}
        </ul>
      </Section>
      <Section title="Stack trace of the newest">
        {group.stacktrace === '' ? (
          <p class="muted">It came without one.</p>
        ) : (
          <>
            <CopyButton text={group.stacktrace} what="stack trace" words="Copy" />
            <pre class="stack" tabIndex={0} aria-label="Stack trace">
              {group.stacktrace}
            </pre>
          </>
        )}
      </Section>
    </Panel>
  );
}

function Example({ example }: { example: ExceptionExample }) {
  const { trace_id: trace, span_id: span, log_id: log } = example;
  return (
    <span class="row">
      <span class="log-time">{dateTime(msOf(example.time))}</span>
      {trace != null && (
        <a href={link(`/traces/${trace}`, { span: span ?? undefined })}>
          Trace <span class="mono">{trace.slice(0, 8)}</span>
        </a>
      )}
      {log != null && <a href={link('/logs', { log })}>Log record</a>}
      <span class="muted">{example.source === 'log' ? 'told by a log record' : 'told by an event of a span'}</span>
    </span>
  );
}
