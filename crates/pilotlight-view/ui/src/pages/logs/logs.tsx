// Log records: the newest first, as they come.

import '../trace/panel.css';
import './logs.css';
import { useRef, useState } from 'preact/hooks';
import { Empty } from '../../parts/empty';
import { FilterBar } from '../../parts/filter-bar';
import { counted, dateTime, msOf, number } from '../../parts/formats';
import { Notice } from '../../parts/notice';
import { Page } from '../../parts/page';
import { Table } from '../../parts/table';
import { TimeTools } from '../../parts/time-range';
import { useAnswer } from '../../state/answer';
import { pause, useLive } from '../../state/changes';
import { useTimeRange } from '../../state/range';
import { changeQuery, useAddress } from '../../state/url';
import { Beside } from '../trace/panel';
import { logColumns } from './columns';
import { Histogram } from './histogram';
import type { Connection } from './listen';
import { LogPanel } from './log-panel';
import { askingOf, questionOf } from './question';
import { SEVERITIES } from './severity';
import type { Tail } from './tail';
import type { LogList, LogRow } from './types';
import { useLogRows } from './use-log-rows';

export default function LogsPage() {
  const { query } = useAddress();
  const asking = askingOf(query);
  const range = useTimeRange();
  const { paused } = useLive();
  const [scrolled, setScrolled] = useState(false);
  const listed = useRef<HTMLDivElement>(null);
  const { rows, answered, tail, connection, refusal, atEnd, onEnd } = useLogRows(asking, range, paused || scrolled);
  const counts = useAnswer('/api/logs', { ...range.question, ...questionOf(asking), limit: 1 });
  const matched = counts.answer?.matched ?? 0;
  const show = () => {
    listed.current?.querySelector('.table')?.scrollTo({ top: 0 });
    setScrolled(false);
    pause(false);
  };
  return (
    <Page full title="Logs" aside={counts.answer && counted(matched, 'log record')} tools={<TimeTools />}>
      <div class="logs-asking">
        <FilterBar signal="logs" filter={asking.filter} refusal={refusal} placeholder={'service=shop log.severity>=warn "card declined"'} onApply={(filter) => changeQuery({ filter })} />
        <select
          aria-label="Severity"
          value={asking.severity}
          onChange={(event) => changeQuery({ severity: Number(event.currentTarget.value) || undefined })}
        >
          {SEVERITIES.map(({ least, name }) => (
            <option key={least} value={least}>
              {name}
            </option>
          ))}
        </select>
      </div>
      {counts.answer && <Histogram buckets={counts.answer.buckets} />}
      <TailState tail={tail} paused={paused} connection={refusal ? 'there' : connection} onShow={show} />
      <LookBack list={counts.answer} />
      <Beside width={440} panel={asking.log !== '' && <LogPanel id={asking.log} onClose={() => changeQuery({ log: undefined })} />}>
          <div ref={listed} class="beside-list" onScrollCapture={(event) => setScrolled((event.target as HTMLElement).scrollTop > 4)}>
            <Table
              label="Log records"
              columns={logColumns}
              rows={rows}
              keyOf={(row) => row.id}
              total={Math.max(matched, rows.length)}
              selected={asking.log || undefined}
              onOpen={(row: LogRow) => changeQuery({ log: row.id }, asking.log === '' ? 'push' : 'replace')}
              onEnd={onEnd}
              empty={answered && <NoLogs narrowed={asking.filter !== '' || asking.severity > 0 || range.zoomed} />}
            />
          </div>
      </Beside>
      {atEnd && matched > rows.length && (
        <p class="muted table-foot">
          These are the newest {number(rows.length)} of {counted(matched, 'log record')}: narrow the filter or the time to see the others.
        </p>
      )}
    </Page>
  );
}

/** What the tail tells beside its records: that some wait, that some were lost, that it is cut off. */
function TailState({ tail, paused, connection, onShow }: { tail: Tail; paused: boolean; connection: Connection; onShow: () => void }) {
  const waiting = tail.waiting.length + tail.overflowed;
  return (
    <>
      {waiting > 0 && (
        <button type="button" class="logs-waiting" onClick={onShow}>
          {counted(waiting, 'new record')} {paused ? 'while paused: go on' : 'above: show'}
        </button>
      )}
      {tail.missed > 0 && (
        <Notice kind="warning">
          {counted(tail.missed, 'record')} came faster than this page could take and are missing from the tail; they are kept: load the page
          again to list them.
        </Notice>
      )}
      {connection === 'lost' && <Notice kind="warning">The connection is lost; the list goes on by itself as soon as the viewer is back.</Notice>}
      {connection === 'refused' && (
        <Notice kind="warning">New records are not pushed to this page, since many pages listen already: close some, then load this one again.</Notice>
      )}
      <span class="only-read" role="status">
        {paused ? 'Paused' : ''}
      </span>
    </>
  );
}

function LookBack({ list }: { list: LogList | undefined }) {
  if (!list || list.complete) return null;
  return (
    <Notice kind="note">
      Not everything was looked at
      {list.searched_back_to != null && <>, only back to {dateTime(msOf(list.searched_back_to))}</>}: narrow the time to look further back.
    </Notice>
  );
}

function NoLogs({ narrowed }: { narrowed: boolean }) {
  return narrowed ? (
    <Empty title="No record matches">
      <p>Take a word out of the filter, lower the severity, or look at more time.</p>
    </Empty>
  ) : (
    <Empty title="No log record has come yet">
      <p>
        Records appear here within a second of their arrival. How to send some is on the <a href="/">overview</a>.
      </p>
    </Empty>
  );
}
