// The columns of the list of traces.
import { serviceColour } from '../../charts/colours';
import type { Schema } from '../../api/client';
import { ServiceName } from '../../parts/chips';
import { compact, counted, cut, duration, moment, msOf, number } from '../../parts/formats';
import type { Column } from '../../parts/table';
import { useShade } from '../../state/theme';

export type TraceSummary = Schema<'TraceSummary'>;

/** The columns; `longest` in nanoseconds is what the bars of durations are parts of. */
export function traceColumns(longest: number): Column<TraceSummary>[] {
  return [
    { key: 'start', head: 'Started', width: '112px', sort: 'newest', cell: (trace) => <Started trace={trace} /> },
    { key: 'service', head: 'Service', width: 'minmax(100px, 1fr)', cell: (trace) => <ServiceName service={trace.service} /> },
    { key: 'name', head: 'Name', width: 'minmax(200px, 3fr)', cell: (trace) => <Name trace={trace} /> },
    { key: 'duration', head: 'Duration', width: '150px', sort: 'slowest', cell: (trace) => <Length trace={trace} longest={longest} /> },
    { key: 'errors', head: 'Errors', width: '76px', sort: 'errors-first', align: 'end', cell: (trace) => <Errors trace={trace} /> },
    { key: 'spans', head: 'Spans', width: '72px', sort: 'most-spans', align: 'end', cell: (trace) => number(trace.spans) },
    { key: 'logs', head: 'Logs', width: '60px', align: 'end', cell: (trace) => (trace.logs === 0 ? <span class="muted">0</span> : compact(trace.logs)) },
    { key: 'services', head: 'Services', width: 'minmax(90px, 1fr)', cell: (trace) => <Shares trace={trace} /> },
  ];
}

function Started({ trace }: { trace: TraceSummary }) {
  const ms = msOf(trace.start);
  const text = moment(ms);
  // Another day's: the date matters more than the milliseconds.
  return <span class="mono">{text.length > 12 ? text.slice(5, 16) : text}</span>;
}

function Name({ trace }: { trace: TraceSummary }) {
  return (
    <>
      <a class="row-link" href={`/traces/${trace.trace_id}`} tabIndex={-1}>
        {cut(trace.name, 200) || '(no name)'}
      </a>
      {trace.root_missing && (
        <span class="chip" title="No span without a parent has come (yet): this is the earliest one">
          root missing
        </span>
      )}
    </>
  );
}

function Length({ trace, longest }: { trace: TraceSummary; longest: number }) {
  const part = longest > 0 ? Math.max(1, (100 * trace.duration_ns) / longest) : 0;
  return (
    <span class="length">
      <span class="length-text">{duration(trace.duration_ns)}</span>
      <span class="length-track" aria-hidden="true">
        <span class={trace.errors > 0 ? 'length-bar length-error' : 'length-bar'} style={{ width: `${part}%` }} />
      </span>
    </span>
  );
}

function Errors({ trace }: { trace: TraceSummary }) {
  return trace.errors === 0 ? <span class="muted">0</span> : <span class="chip chip-error">! {compact(trace.errors)}</span>;
}

function Shares({ trace }: { trace: TraceSummary }) {
  const shade = useShade();
  const shown = trace.services.map((share) => `${cut(share.service, 60) || '(none)'}: ${counted(share.spans, 'span')}`).join(', ');
  return (
    <span class="shares" role="img" aria-label={shown} title={shown}>
      {trace.services.map((share) => (
        <span key={share.service} style={{ flexGrow: share.spans, background: serviceColour(share.service, shade) }} />
      ))}
    </span>
  );
}
