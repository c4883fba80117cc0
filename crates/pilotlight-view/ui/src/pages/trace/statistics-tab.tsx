// Where the trace's time went, as a table: by operation or by service, sorted by any number.

import { useMemo, useState } from 'preact/hooks';
import { ServiceName } from '../../parts/chips';
import { cut, duration, number, share } from '../../parts/formats';
import { type Column, Table } from '../../parts/table';
import { px } from '../../parts/px';
import { type Share, sharesOf } from './statistics';
import type { Shown } from './state';

type By = 'operation' | 'service';
type Sort = 'self' | 'critical' | 'total' | 'spans' | 'errors' | 'longest';

export function StatisticsTab({ shown }: { shown: Shown }) {
  const { trace, goTo, change } = shown;
  const [by, setBy] = useState<By>('operation');
  const [sort, setSort] = useState<Sort>('self');
  const rows = useMemo(() => sharesOf(trace, by).sort((a, b) => b[sort] - a[sort]), [trace, by, sort]);
  const columns = useMemo(() => columnsOf(trace.duration_ns, rows, by), [trace, rows, by]);
  return (
    <div class="statistics">
      <div class="row">
        {(['operation', 'service'] as const).map((one) => (
          <button key={one} type="button" aria-pressed={by === one} onClick={() => setBy(one)}>
            By {one}
          </button>
        ))}
        <span class="muted">
          Self time is what no child was busy with. Work side by side adds up to more than the trace took. A row opens its longest span.
        </span>
      </div>
      <Table
        label={`Time by ${by}`}
        columns={columns}
        rows={rows}
        keyOf={(row) => `${row.service.slice(0, 200)} ${row.longestSpan}`}
        sort={sort}
        onSort={(wanted) => setSort(wanted as Sort)}
        onOpen={(row) => {
          goTo(row.longestSpan);
          change({ tab: 'waterfall' }, 'replace');
        }}
      />
    </div>
  );
}

function columnsOf(traceNs: number, rows: readonly Share[], by: By): Column<Share>[] {
  const most = rows.reduce((most, row) => Math.max(most, row.self), 0);
  const time = (key: Sort, head: string, of: (row: Share) => number): Column<Share> => ({
    key,
    head,
    sort: key,
    width: '116px',
    align: 'end',
    cell: (row) => duration(of(row)),
  });
  const count = (key: Sort, head: string, of: (row: Share) => number): Column<Share> => ({
    key,
    head,
    sort: key,
    width: '74px',
    align: 'end',
    cell: (row) => (of(row) === 0 ? '' : number(of(row))),
  });
  const operation: Column<Share> = {
    key: 'operation',
    head: 'Operation',
    width: 'minmax(160px, 2fr)',
    cell: (row) => <span class="cut">{cut(row.operation, 200)}</span>,
  };
  return [
    ...(by === 'operation' ? [operation] : []),
    { key: 'service', head: 'Service', width: 'minmax(110px, 1fr)', cell: (row) => <ServiceName service={row.service} /> },
    count('spans', 'Spans', (row) => row.spans),
    count('errors', 'Errors', (row) => row.errors),
    time('self', 'Self time', (row) => row.self),
    { key: 'bar', head: 'Of the trace', width: '150px', cell: (row) => <Part of={row.self} whole={traceNs} most={most} /> },
    time('critical', 'Critical path', (row) => row.critical),
    time('total', 'Total', (row) => row.total),
    time('longest', 'Longest', (row) => row.longest),
  ];
}

/** The longest bar is the largest part, not the whole: parts of a few percent are compared too. */
function Part({ of, whole, most }: { of: number; whole: number; most: number }) {
  return (
    <span class="part">
      <span class="part-bar" style={{ width: px(most > 0 ? (of / most) * 72 : 0) }} aria-hidden="true" />
      {share(of, whole)}
    </span>
  );
}
