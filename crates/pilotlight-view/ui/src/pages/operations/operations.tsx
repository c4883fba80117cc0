// Rate, errors and duration by operation; one of them over time. In the address: `filter`, `sort`, and `service`, `name`, `kind` of
// the one that is open.
import { useMemo } from 'preact/hooks';
import './operations.css';
import { Spark } from '../../charts/spark';
import { ServiceName } from '../../parts/chips';
import { Empty } from '../../parts/empty';
import { FilterBar } from '../../parts/filter-bar';
import { counted, cut, milliseconds, number, rate, share } from '../../parts/formats';
import { Notice } from '../../parts/notice';
import { Page } from '../../parts/page';
import { type Column, Table } from '../../parts/table';
import { TimeTools } from '../../parts/time-range';
import { useAnswer } from '../../state/answer';
import { useTimeRange } from '../../state/range';
import { changeQuery, useAddress, useUrlState } from '../../state/url';
import { type Operation, keyOf, orderNamed, sorted } from './listed';
import { OperationDetail } from './operation';

export default function OperationsPage() {
  const [filter, setFilter] = useUrlState('filter');
  const [sort, setSort] = useUrlState('sort');
  const { question: range } = useTimeRange();
  const { answer, refusal } = useAnswer('/api/operations', { ...range, filter });
  const order = orderNamed(sort);
  const rows = useMemo(() => sorted(answer?.operations ?? [], order), [answer, order]);
  const chosen = useChosen(rows);
  return (
    <Page title="Operations" aside={answer && counted(answer.operations.length + answer.left_out, 'operation')} tools={<TimeTools />} full>
      <FilterBar signal="traces" filter={filter} onApply={(filter) => setFilter(filter)} refusal={refusal} />
      {answer && !answer.complete && (
        <Notice kind="note">Not everything in this range was looked at: a shorter range is answered in full.</Notice>
      )}
      {answer && answer.left_out > 0 && (
        <Notice kind="note">{counted(answer.left_out, 'operation')} not listed: a filter brings them in sight.</Notice>
      )}
      <div class={chosen ? 'operations operations-with-one' : 'operations'}>
        <Table
          label="Operations"
          columns={columns}
          rows={rows}
          keyOf={keyOf}
          selected={chosen && keyOf(chosen)}
          onOpen={open}
          sort={order}
          onSort={(sort) => setSort(sort === order ? undefined : sort)}
          empty={answer && <NoOperations filtered={filter !== ''} />}
        />
        {chosen && <OperationDetail key={keyOf(chosen)} operation={chosen} />}
      </div>
    </Page>
  );
}

/** The operation that the address names, when there is such a one. */
function useChosen(rows: readonly Operation[]): Operation | undefined {
  const { query } = useAddress();
  const [service, name, kind] = [query.get('service'), query.get('name'), query.get('kind')];
  return rows.find((row) => row.name === name && row.service === (service ?? '') && row.kind === kind);
}

function open({ service, name, kind }: Operation): void {
  changeQuery({ service, name, kind });
}

function NoOperations({ filtered }: { filtered: boolean }) {
  return (
    <Empty title={filtered ? 'No operation like that' : 'No operations yet'}>
      <p>
        Operations are counted from spans that answer or ask: server, client, producer and consumer, and the first span of each
        trace. {filtered ? 'Another filter or a longer range shows more.' : ''}
      </p>
    </Empty>
  );
}

const columns: readonly Column<Operation>[] = [
  { key: 'service', head: 'Service', width: 'minmax(110px, 1fr)', sort: 'service', direction: 'ascending', cell: ({ service }) => <ServiceName service={service} /> },
  { key: 'name', head: 'Operation', width: 'minmax(180px, 2.5fr)', sort: 'name', direction: 'ascending', cell: Name },
  { key: 'kind', head: 'Kind', width: '82px', cell: ({ kind }) => <span class="muted">{kind}</span> },
  { key: 'rate', head: 'Rate', width: '86px', align: 'end', sort: 'rate', cell: (row) => <span title={counted(row.count, 'span')}>{rate(row.rate)}</span> },
  { key: 'spark', head: 'Over time', width: '106px', cell: ({ counts }) => <Spark values={counts} words="Spans over time" /> },
  { key: 'errors', head: 'Errors', width: '74px', align: 'end', sort: 'errors', cell: Errors },
  { key: 'share', head: 'Error share', width: '110px', align: 'end', sort: 'share', cell: ErrorShare },
  { key: 'p50', head: 'p50', width: '76px', align: 'end', sort: 'p50', cell: ({ p50_ms }) => milliseconds(p50_ms) },
  { key: 'p95', head: 'p95', width: '76px', align: 'end', sort: 'p95', cell: ({ p95_ms }) => milliseconds(p95_ms) },
  { key: 'p99', head: 'p99', width: '76px', align: 'end', sort: 'p99', cell: ({ p99_ms }) => milliseconds(p99_ms) },
  { key: 'max', head: 'Slowest', width: '84px', align: 'end', sort: 'max', cell: Slowest },
];

function Name({ name }: Operation) {
  return (
    <span class="mono" title={cut(name, 500)}>
      {name === '' ? '(no name)' : cut(name, 200)}
    </span>
  );
}

function Errors({ errors }: Operation) {
  return errors === 0 ? <span class="muted">0</span> : <span class="operation-errors">{number(errors)}</span>;
}

function ErrorShare({ errors, count }: Operation) {
  if (errors === 0) return <span class="muted">–</span>;
  return <span class="operation-errors">{share(errors, count)}</span>;
}

function Slowest({ max_ms, slowest_trace_id: trace }: Operation) {
  if (trace === '') return <>{milliseconds(max_ms)}</>;
  return (
    <a href={`/traces/${encodeURIComponent(trace)}`} title="Open the slowest trace">
      {milliseconds(max_ms)}
    </a>
  );
}
