// Who tells: each process or whatever else sends, with its attributes and how much of it is held.
import type { Schema } from '../../api/client';
import { Attributes } from '../../parts/attributes';
import { ServiceName } from '../../parts/chips';
import { Empty } from '../../parts/empty';
import { wordFor } from '../../parts/filter';
import { ago, compact, counted, cut, dateTime, msOf, number } from '../../parts/formats';
import { Loading, RefusalNotice } from '../../parts/notice';
import { Page } from '../../parts/page';
import { type Column, Table } from '../../parts/table';
import { LiveSwitch } from '../../parts/time-range';
import { useAnswer } from '../../state/answer';
import { link, useUrlState } from '../../state/url';

type Resource = Schema<'Resource'>;

export default function ResourcesPage() {
  const asked = useAnswer('/api/resources', {});
  const { answer, refusal } = asked;
  const [chosen, choose] = useUrlState('resource');
  const [search, setSearch] = useUrlState('search');
  const all = answer?.resources ?? [];
  const shown = all.filter((resource) => isFound(resource, search));
  const open = all.find((resource) => keyOf(resource) === chosen);
  return (
    <Page full title="Resources" aside={answer && <span>{counted(all.length + answer.left_out, 'resource')}</span>} tools={<LiveSwitch />}>
      <RefusalNotice refusal={refusal} />
      <input
        type="search"
        aria-label="Search resources"
        placeholder="Search in names and attributes"
        value={search}
        onInput={(event) => setSearch(event.currentTarget.value, 'replace')}
      />
      {answer && answer.left_out > 0 && <p class="muted">{counted(answer.left_out, 'more')} left out.</p>}
      <div class="split">
        <Table
          label="Resources"
          columns={open ? columns.filter(({ key }) => key !== 'sdk' && key !== 'instance') : columns}
          rows={shown}
          keyOf={keyOf}
          selected={open && keyOf(open)}
          onOpen={(resource) => choose(keyOf(resource) === chosen ? undefined : keyOf(resource))}
          empty={answer ? <NoResources searched={search !== ''} /> : <Loading asked={asked} />}
        />
        {open && <Detail resource={open} onClose={() => choose(undefined)} />}
      </div>
    </Page>
  );
}

/** What a resource is told by in the address. Two without an instance are told apart by when they began. */
export function keyOf({ service, instance, first }: Resource): string {
  return [service.slice(0, 100), (instance ?? first).slice(0, 100)].join('|');
}

export function isFound({ service, attributes }: Resource, search: string): boolean {
  const wanted = search.trim().toLowerCase();
  return [service, ...attributes.flatMap(({ key, text }) => [key, text])].some((text) => text.toLowerCase().includes(wanted));
}

const columns: readonly Column<Resource>[] = [
  { key: 'service', head: 'Service', width: 'minmax(130px, 2fr)', cell: ({ service }) => <ServiceName service={service} /> },
  { key: 'version', head: 'Version', width: 'minmax(70px, 1fr)', cell: ({ version }) => cut(version ?? '', 60) },
  { key: 'instance', head: 'Instance', width: 'minmax(100px, 2fr)', cell: ({ instance }) => <span class="mono">{cut(instance ?? '', 80)}</span> },
  { key: 'sdk', head: 'SDK', width: 'minmax(120px, 2fr)', cell: ({ sdk }) => cut(sdk ?? '', 80) },
  { key: 'spans', head: 'Spans', width: '72px', align: 'end', cell: ({ spans }) => compact(spans) },
  { key: 'logs', head: 'Logs', width: '72px', align: 'end', cell: ({ logs }) => compact(logs) },
  { key: 'series', head: 'Series', width: '72px', align: 'end', cell: ({ series }) => compact(series) },
  { key: 'last', head: 'Last', width: '96px', align: 'end', cell: ({ last }) => ago(msOf(last)) },
];

function Detail({ resource, onClose }: { resource: Resource; onClose: () => void }) {
  const word = wordFor('service', '=', resource.service);
  return (
    <section class="card split-detail" aria-label={`Resource ${cut(resource.service, 100)}`}>
      <header>
        <h2>
          <ServiceName service={resource.service} />
        </h2>
        <button type="button" class="quiet" onClick={onClose} aria-label="Close">
          ×
        </button>
      </header>
      <dl class="facts">
        <dt>First</dt>
        <dd>{dateTime(msOf(resource.first))}</dd>
        <dt>Last</dt>
        <dd>{dateTime(msOf(resource.last))}</dd>
        <dt>In memory</dt>
        <dd>
          {number(resource.spans)} spans, {number(resource.logs)} log records, {number(resource.series)} series
        </dd>
        {resource.schema_url !== '' && (
          <>
            <dt>Schema</dt>
            <dd class="mono">{cut(resource.schema_url, 300)}</dd>
          </>
        )}
      </dl>
      {word !== undefined && (
        <p class="row">
          <a class="button" href={link('/traces', { filter: word })}>
            Traces
          </a>
          <a class="button" href={link('/logs', { filter: word })}>
            Logs
          </a>
          <a class="button" href={link('/operations', { filter: word })}>
            Operations
          </a>
        </p>
      )}
      <Attributes label="Resource attributes" attributes={resource.attributes} prefix="resource." />
    </section>
  );
}

function NoResources({ searched }: { searched: boolean }) {
  if (searched) return <Empty title="None of them contains that" />;
  return (
    <Empty title="Nobody has told anything yet">
      <p>
        <a href="/">How to send telemetry here</a>
      </p>
    </Empty>
  );
}
