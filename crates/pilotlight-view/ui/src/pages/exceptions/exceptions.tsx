// Exceptions, those of one type and message in one group.

import '../trace/panel.css';
import './exceptions.css';
import { useMemo } from 'preact/hooks';
import { ServiceName } from '../../parts/chips';
import { Empty } from '../../parts/empty';
import { FilterBar } from '../../parts/filter-bar';
import { ago, counted, cut, dateTime, msOf, number } from '../../parts/formats';
import { Page } from '../../parts/page';
import { type Column, Table } from '../../parts/table';
import { TimeTools } from '../../parts/time-range';
import { useAnswer } from '../../state/answer';
import { useTimeRange } from '../../state/range';
import { changeQuery, useAddress } from '../../state/url';
import { Beside } from '../trace/panel';
import { GroupPanel } from './group-panel';
import { namesOf } from './groups';
import type { ExceptionGroup, ExceptionList } from './types';

type Sort = 'count' | 'last';

export default function ExceptionsPage() {
  const { query } = useAddress();
  const filter = query.get('filter') ?? '';
  const sort: Sort = query.get('sort') === 'last' ? 'last' : 'count';
  const { question } = useTimeRange();
  const { answer, refusal } = useAnswer('/api/exceptions', { ...question, filter });
  const groups = sorted(answer?.groups ?? [], sort);
  const names = useMemo(() => namesOf(answer?.groups ?? []), [answer]);
  const keyOf = (group: ExceptionGroup) => names.get(group) ?? '';
  const open = groups.find((group) => keyOf(group) === query.get('group'));
  return (
    <Page full title="Exceptions" aside={answer && <Counts list={answer} />} tools={<TimeTools />}>
      <FilterBar signal="traces" filter={filter} refusal={refusal} placeholder="service=shop exception.type=Timeout" onApply={(filter) => changeQuery({ filter })} />
      <Beside width={560} panel={open && <GroupPanel group={open} onClose={() => changeQuery({ group: undefined })} />}>
        <div class="beside-list">
          <Table
            label="Exceptions by type and message"
            columns={columns}
            rows={groups}
            keyOf={keyOf}
            rowHeight={46}
            total={groups.length + (answer?.left_out ?? 0)}
            selected={open && keyOf(open)}
            sort={sort}
            onSort={(sort) => changeQuery({ sort: sort === 'count' ? undefined : sort })}
            onOpen={(group) => changeQuery({ group: keyOf(group) })}
            empty={answer && <NoExceptions narrowed={filter !== ''} />}
          />
        </div>
      </Beside>
    </Page>
  );
}

function sorted(groups: readonly ExceptionGroup[], sort: Sort): ExceptionGroup[] {
  return [...groups].sort((a, b) => (sort === 'last' ? msOf(b.last) - msOf(a.last) : b.count - a.count));
}

function Counts({ list }: { list: ExceptionList }) {
  return (
    <span>
      {counted(list.total, 'exception')} in {counted(list.groups.length + list.left_out, 'group')}
      {list.left_out > 0 && <>, {number(list.left_out)} of them not listed</>}
    </span>
  );
}

const columns: readonly Column<ExceptionGroup>[] = [
  { key: 'count', head: 'Count', width: '80px', align: 'end', sort: 'count', cell: (group) => number(group.count) },
  {
    key: 'what',
    head: 'Type and message',
    width: 'minmax(220px, 3fr)',
    cell: (group) => (
      <div class="exception">
        <strong class="cut">{cut(group.kind, 200) || '(no type)'}</strong>
        <span class="cut muted">{cut(group.message, 400) || '(no message)'}</span>
      </div>
    ),
  },
  { key: 'services', head: 'Services', width: 'minmax(120px, 1fr)', cell: (group) => <Services group={group} /> },
  { key: 'operations', head: 'Operations', width: 'minmax(140px, 1fr)', cell: (group) => <span class="cut">{cut(group.operations.join(', '), 200)}</span> },
  {
    key: 'last',
    head: 'Last',
    width: '110px',
    sort: 'last',
    cell: (group) => <span title={dateTime(msOf(group.last))}>{ago(msOf(group.last))}</span>,
  },
  {
    key: 'first',
    head: 'First',
    width: '110px',
    cell: (group) => <span title={dateTime(msOf(group.first))}>{ago(msOf(group.first))}</span>,
  },
];

function Services({ group }: { group: ExceptionGroup }) {
  const [first, ...others] = group.services;
  return (
    <>
      <ServiceName service={first ?? ''} />
      {others.length > 0 && <span class="muted"> and {number(others.length)} more</span>}
    </>
  );
}

function NoExceptions({ narrowed }: { narrowed: boolean }) {
  return (
    <Empty title={narrowed ? 'No exception matches' : 'No exception has come'}>
      <p>
        Exceptions are events named <code>exception</code> on spans, and log records with <code>exception.type</code>.
        {narrowed && ' Take a word out of the filter, or look at more time.'}
      </p>
    </Empty>
  );
}
