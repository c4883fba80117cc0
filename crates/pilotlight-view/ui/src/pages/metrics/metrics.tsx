// The metrics there are, and one of them over time. In the address: `name`, `kind`, `filter`, `group`, `view`, `raw`, `search`, `sort`.
import { useMemo } from 'preact/hooks';
import './metrics.css';
import { ServiceName } from '../../parts/chips';
import { Empty } from '../../parts/empty';
import { ago, counted, cut, moment, msOf, number } from '../../parts/formats';
import { Notice, RefusalNotice } from '../../parts/notice';
import { Page } from '../../parts/page';
import { type Column, Table } from '../../parts/table';
import { TimeTools } from '../../parts/time-range';
import { useAnswer } from '../../state/answer';
import { changeQuery, useUrlState } from '../../state/url';
import { Metric } from './metric';
import { type MetricSummary, type Order, keyOf, kindWord, listed, named, orders } from './listed';

export default function MetricsPage() {
  const [name] = useUrlState('name');
  const [kind] = useUrlState('kind');
  const [search, setSearch] = useUrlState('search');
  const [sort, setSort] = useUrlState('sort', 'name');
  const { answer, refusal } = useAnswer('/api/metrics', {});
  const order = orders.find((one) => one === sort) ?? 'name';
  const rows = useMemo(() => listed(answer?.metrics ?? [], search, order), [answer, search, order]);
  const chosen = named(answer?.metrics ?? [], name, kind);
  const all = answer?.metrics.length ?? 0;
  return (
    <Page title="Metrics" aside={answer && counted(all, 'metric')} tools={<TimeTools />} full>
      <RefusalNotice refusal={refusal} />
      {answer && answer.series_left_out > 0 && (
        <Notice kind="warning" title={`${counted(answer.series_left_out, 'series', 'series')} not kept.`}>
          There are more series than the viewer holds. Fewer attributes on the busiest metrics, or a larger bound, brings them back.
        </Notice>
      )}
      <div class={name === '' ? 'metrics' : 'metrics metrics-with-one'}>
        <section class="metrics-list" aria-label="List of metrics">
          <input
            type="search"
            aria-label="Search metrics"
            placeholder="Search by name, unit, kind or service"
            value={search}
            onInput={(event) => setSearch(event.currentTarget.value, 'replace')}
          />
          <MetricTable rows={rows} all={all} order={order} onOrder={setSort} short={name !== ''} chosen={chosen} asked={answer !== undefined} />
        </section>
        {chosen && <Metric key={keyOf(chosen)} metric={chosen} />}
        {!chosen && name !== '' && answer && (
          <Empty title="No such metric">
            <p>
              Nothing is held of <code>{cut(name, 200)}</code>. It may have been dropped, or not have come yet.
            </p>
          </Empty>
        )}
      </div>
    </Page>
  );
}

interface TableProps {
  rows: readonly MetricSummary[];
  all: number;
  order: Order;
  onOrder: (order: string) => void;
  /** Beside the one that is shown there is only room for names. */
  short: boolean;
  chosen: MetricSummary | undefined;
  asked: boolean;
}

function MetricTable({ rows, all, order, onOrder, short, chosen, asked }: TableProps) {
  return (
    <Table
      label="Metrics"
      columns={short ? shortColumns : columns}
      rows={rows}
      keyOf={keyOf}
      rowHeight={short ? 42 : 28}
      selected={chosen && keyOf(chosen)}
      onOpen={open}
      sort={order}
      onSort={onOrder}
      empty={asked && <NoMetrics all={all} />}
    />
  );
}

/** What belongs to the metric that was shown before is not carried over to the next. */
function open({ name, kind }: MetricSummary): void {
  changeQuery({ name, kind, filter: undefined, group: undefined, view: undefined, raw: undefined });
}

function NoMetrics({ all }: { all: number }) {
  if (all > 0) return <Empty title="No metric like that" />;
  return (
    <Empty title="No metrics yet">
      <p>
        Most SDKs send them once a minute: set <code>OTEL_METRIC_EXPORT_INTERVAL=1000</code> while developing, and they come each
        second. The <a href="/">overview</a> shows how to send.
      </p>
    </Empty>
  );
}

const columns: readonly Column<MetricSummary>[] = [
  { key: 'name', head: 'Name', width: 'minmax(220px, 3fr)', sort: 'name', direction: 'ascending', cell: Name },
  { key: 'kind', head: 'Kind', width: '168px', cell: kindWord },
  { key: 'unit', head: 'Unit', width: '90px', cell: ({ unit }) => cut(unit, 40) },
  { key: 'services', head: 'Services', width: 'minmax(140px, 2fr)', cell: Services },
  { key: 'series', head: 'Series', width: '80px', align: 'end', sort: 'series', cell: ({ series }) => number(series) },
  { key: 'points', head: 'Points', width: '90px', align: 'end', cell: ({ points }) => number(points) },
  { key: 'last', head: 'Last', width: '110px', align: 'end', sort: 'last', cell: Last },
];

const shortColumns: readonly Column<MetricSummary>[] = [
  { key: 'name', head: 'Name', width: 'minmax(0, 1fr)', sort: 'name', direction: 'ascending', cell: ShortName },
];

function Name({ name, description, conflict }: MetricSummary) {
  return (
    <>
      <span class="mono" title={cut(description, 500)}>
        {cut(name, 200)}
      </span>
      {conflict && (
        <span class="chip chip-warning metric-conflict" title={cut(conflict, 500)}>
          conflict
        </span>
      )}
    </>
  );
}

function ShortName({ name, services, ...metric }: MetricSummary) {
  const facts = [kindWord(metric), cut(metric.unit, 30), services.length > 2 ? counted(services.length, 'service') : services.map((one) => cut(one, 60)).join(', ')];
  return (
    <span class="metric-short" title={cut(name, 300)}>
      <span class="mono cut">{cut(name, 200)}</span>
      <span class="muted cut">{facts.filter(Boolean).join(' · ')}</span>
    </span>
  );
}

/** As many names as there may be room for. */
const servicesMax = 4;

function Services({ services }: MetricSummary) {
  return (
    <span class="metric-services">
      {services.slice(0, servicesMax).map((service) => (
        <ServiceName key={service} service={service} />
      ))}
      {services.length > servicesMax && <span class="muted">+{services.length - servicesMax}</span>}
    </span>
  );
}

function Last({ last }: MetricSummary) {
  return <span title={moment(msOf(last))}>{ago(msOf(last))}</span>;
}
