// The columns of the list of log records.

import { ServiceName, SeverityChip } from '../../parts/chips';
import { cut, moment, msOf } from '../../parts/formats';
import type { Column } from '../../parts/table';
import { link } from '../../state/url';
import type { LogRow } from './types';

export const logColumns: readonly Column<LogRow>[] = [
  { key: 'time', head: 'Time', width: '178px', cell: (row) => <span class="log-time">{moment(msOf(row.time))}</span> },
  { key: 'severity', head: 'Severity', width: '92px', cell: (row) => <SeverityChip severity={row.severity} text={row.severity_text} /> },
  { key: 'service', head: 'Service', width: 'minmax(100px, 170px)', cell: (row) => <ServiceName service={row.service} /> },
  {
    key: 'body',
    head: 'Body',
    width: 'minmax(200px, 1fr)',
    cell: (row) => (
      <>
        {row.event_name !== '' && <span class="muted">{cut(row.event_name, 80)} </span>}
        {cut(row.body, 500)}
      </>
    ),
  },
  { key: 'trace', head: 'Trace', width: '92px', cell: (row) => <TraceLink row={row} /> },
];

function TraceLink({ row }: { row: LogRow }) {
  if (row.trace_id == null) return null;
  return (
    // Not on the way of the tab key, which would lead through all records: whoever opens one finds the way to its trace there.
    <a class="mono" tabIndex={-1} href={link(`/traces/${row.trace_id}`, { span: row.span_id ?? undefined })} title={`Trace ${row.trace_id}`}>
      {row.trace_id.slice(0, 8)}
    </a>
  );
}
