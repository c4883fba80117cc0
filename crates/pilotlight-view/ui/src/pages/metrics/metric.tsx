// One metric: what it is, which of its series are meant, its chart, and the traces behind it.
import { useMemo } from 'preact/hooks';
import { Empty } from '../../parts/empty';
import { FilterBar } from '../../parts/filter-bar';
import { counted, cut } from '../../parts/formats';
import { Notice, RefusalNotice } from '../../parts/notice';
import { Tabs } from '../../parts/tabs';
import { useAnswer } from '../../state/answer';
import { useTimeRange } from '../../state/range';
import { changeQuery, useUrlState } from '../../state/url';
import { ExemplarList } from './exemplars';
import { GroupChoice } from './group';
import { type MetricSummary, kindWord } from './listed';
import { MetricChart } from './metric-chart';
import { type MetricData, groupKeys, rawWord, viewNamed, viewWords, viewsOf } from './views';

export function Metric({ metric }: { metric: MetricSummary }) {
  const [filter, setFilter] = useUrlState('filter');
  const [group] = useUrlState('group');
  const [raw] = useUrlState('raw');
  const [text] = useUrlState('view');
  const word = rawWord(metric, viewNamed(metric.kind, text));
  const { question: range } = useTimeRange();
  const keys = useMemo(() => groupKeys(group), [group]);
  const { answer, refusal } = useAnswer('/api/metrics/data', {
    ...range,
    name: metric.name,
    kind: metric.kind,
    filter,
    group_by: keys.join(','),
    raw: raw !== '',
  });
  return (
    <section class="metric" aria-label={`Metric ${cut(metric.name, 100)}`}>
      <Head metric={metric} />
      <FilterBar
        signal="metrics"
        filter={filter}
        onApply={(filter) => setFilter(filter)}
        refusal={refusal?.position === undefined ? undefined : refusal}
        placeholder='service=shop http.route="/api/orders"'
      />
      {refusal && refusal.position === undefined && <RefusalNotice refusal={refusal} />}
      <div class="row">
        <GroupChoice keys={keysOf(metric)} chosen={keys} />
        {word !== null && <RateChoice raw={raw !== ''} word={word} />}
      </div>
      {answer && <Views data={answer} />}
    </section>
  );
}

/** What can be grouped by: what the points say, and who says it. */
function keysOf({ keys, services }: MetricSummary): readonly string[] {
  return services.length > 1 && !keys.includes('service') ? ['service', ...keys] : keys;
}

function Head({ metric }: { metric: MetricSummary }) {
  const { name, description, unit, temporality, services, series, conflict } = metric;
  return (
    <header class="metric-head">
      <div class="row spread">
        <h2 class="mono">{cut(name, 300)}</h2>
        <button type="button" class="quiet" onClick={() => changeQuery({ name: undefined, kind: undefined, filter: undefined, group: undefined, view: undefined, raw: undefined })}>
          All metrics
        </button>
      </div>
      {description !== '' && <p>{cut(description, 1000)}</p>}
      <div class="row">
        <span class="chip">{kindWord(metric)}</span>
        {unit !== '' && <span class="chip">unit {cut(unit, 40)}</span>}
        {temporality && (
          <span class="chip" title={temporality === 'delta' ? 'Each point counts from the point before' : 'Each point counts from the start of its process'}>
            {temporality}
          </span>
        )}
        <span class="muted">
          {counted(series, 'series', 'series')} of {services.length === 1 ? cut(services[0]!, 80) || 'a service without a name' : counted(services.length, 'service')}
        </span>
      </div>
      {conflict && (
        <Notice kind="warning" title="Senders do not agree.">
          {cut(conflict, 1000)}
        </Notice>
      )}
    </header>
  );
}

function RateChoice({ raw, word }: { raw: boolean; word: string }) {
  return (
    <div class="choice" role="group" aria-label="What is counted">
      <button type="button" aria-pressed={!raw} onClick={() => changeQuery({ raw: undefined })}>
        Rate
      </button>
      <button type="button" aria-pressed={raw} onClick={() => changeQuery({ raw: true })}>
        {word}
      </button>
    </div>
  );
}

function Views({ data }: { data: MetricData }) {
  const [text, setView] = useUrlState('view');
  const views = viewsOf(data.kind);
  const view = viewNamed(data.kind, text);
  if (data.lines.length === 0) {
    return (
      <Empty title="No points here">
        <p>No series has a point in this range that the filter means. A longer range or another filter shows more.</p>
      </Empty>
    );
  }
  const chart = <MetricChart data={data} view={view} />;
  return (
    <>
      {views.length === 1 ? (
        chart
      ) : (
        <Tabs label="Views" tabs={views.map((key) => ({ key, label: viewWords[key] }))} chosen={view} onChoose={(view) => setView(view)}>
          {chart}
        </Tabs>
      )}
      <Notes data={data} />
      <ExemplarList data={data} />
    </>
  );
}

/** What the chart does not show, and why. */
function Notes({ data: { notes, lines_left_out: left } }: { data: MetricData }) {
  return (
    <>
      {left > 0 && (
        <Notice kind="note">{counted(left, 'smaller line')} not drawn: a filter, or fewer keys to group by, brings them in sight.</Notice>
      )}
      {notes.map((note) => (
        <Notice kind="note" key={note}>
          {cut(note, 1000)}
        </Notice>
      ))}
    </>
  );
}
