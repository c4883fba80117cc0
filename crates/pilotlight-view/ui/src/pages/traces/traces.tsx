// The list of traces: filtered, sorted, and pictured by how long they took.
import { useEffect, useState } from 'preact/hooks';
import { Announcement } from '../../parts/announcement';
import { Empty } from '../../parts/empty';
import { FilterBar } from '../../parts/filter-bar';
import { counted, dateTime, milliseconds, msOf, number } from '../../parts/formats';
import { Loading, Notice, RefusalNotice } from '../../parts/notice';
import { Page } from '../../parts/page';
import { Table } from '../../parts/table';
import { TimeTools } from '../../parts/time-range';
import { useAnswer } from '../../state/answer';
import { useTimeRange } from '../../state/range';
import { changeQuery, useAddress } from '../../state/url';
import { traceColumns } from './columns';
import { DurationPicture } from './durations';
import { type Asking, type Sort, askingOf, beginOf, changeFor, durationIn, questionOf, sorts } from './question';

/** Rows at first and with each step down, and what the API gives at most. */
const step = 200;
const most = 1000;

export default function TracesPage() {
  const asking = askingOf(useAddress().query);
  const range = useTimeRange();
  const wanted = questionOf(asking);
  const question = { ...range.question, ...wanted };
  const chosen = JSON.stringify([wanted, range.chosen]);
  const [limit, setLimit] = useState(step);
  useEffect(() => setLimit(step), [chosen]);
  const list = useAnswer('/api/traces', { ...question, limit });
  const durations = useAnswer('/api/traces/durations', question);
  const traces = list.answer?.traces ?? [];
  const matched = list.answer?.matched ?? 0;
  const begin = beginOf(range.question.from_ms, list.answer);
  const longest = traces.reduce((longest, trace) => Math.max(longest, trace.duration_ns), 0);
  return (
    <Page
      full
      title="Traces"
      aside={list.answer && <Counts matched={matched} withErrors={list.answer.with_errors} />}
      tools={<TimeTools />}
    >
      <FilterBar
        signal="traces"
        filter={asking.filter}
        refusal={list.refusal}
        onApply={(filter) => changeQuery({ filter })}
      />
      <Announcement subject={chosen} text={list.asking ? undefined : counted(matched, 'trace')} />
      <Choices asking={asking} withErrors={list.answer?.with_errors} />
      {durations.answer && durations.answer.counts.length > 0 && matched > 0 && (
        <DurationPicture durations={durations.answer} onStretch={(stretch) => changeQuery(changeFor(stretch, begin))} />
      )}
      {list.refusal === undefined && <RefusalNotice refusal={durations.refusal} filter={asking.filter} />}
      {list.answer && !list.answer.complete && <LookBack back={list.answer.searched_back_to} />}
      <Table
        label="Traces"
        columns={traceColumns(longest)}
        rows={traces}
        keyOf={(trace) => trace.trace_id}
        total={matched}
        href={(trace) => `/traces/${trace.trace_id}`}
        sort={asking.sort}
        onSort={(sort) => changeQuery({ sort: sort === 'errors-first' ? undefined : sort })}
        onEnd={() => matched > traces.length && limit < most && setLimit(Math.min(limit + step, most))}
        empty={list.answer ? <NoTraces narrowed={Object.keys(question).length > 1 || asking.filter !== ''} /> : <Loading asked={list} />}
      />
      {traces.length >= most && matched > traces.length && (
        <p class="muted table-foot">
          These are the first {number(traces.length)} of {counted(matched, 'trace')}: narrow the filter or the time to see the others.
        </p>
      )}
    </Page>
  );
}

function Counts({ matched, withErrors }: { matched: number; withErrors: number }) {
  return (
    <span>
      {counted(matched, 'trace')}
      {withErrors > 0 && <>, {number(withErrors)} with errors</>}
    </span>
  );
}

function Choices({ asking, withErrors }: { asking: Asking; withErrors: number | undefined }) {
  return (
    <div class="row">
      <button type="button" aria-pressed={asking.errors} onClick={() => changeQuery({ errors: !asking.errors })}>
        Errors only{withErrors !== undefined && withErrors > 0 && ` (${number(withErrors)})`}
      </button>
      <DurationField label="Took at least" name="min" value={asking.shortest} />
      <DurationField label="at most" name="max" value={asking.longest} />
      <label class="row field">
        <span class="muted">Order</span>
        <select
          value={asking.sort}
          onChange={(event) => {
            const sort = event.currentTarget.value as Sort;
            changeQuery({ sort: sort === 'errors-first' ? undefined : sort });
          }}
        >
          {Object.entries(sorts).map(([sort, label]) => (
            <option key={sort} value={sort}>
              {label}
            </option>
          ))}
        </select>
      </label>
    </div>
  );
}

/** A duration in the address, typed with its unit. */
function DurationField({ label, name, value }: { label: string; name: 'min' | 'max'; value: number | undefined }) {
  const shown = value === undefined ? '' : milliseconds(value).replace(' ', '');
  const [text, setText] = useState(shown);
  useEffect(() => setText(shown), [shown]);
  const wrong = text !== '' && text !== shown && durationIn(text) === undefined;
  const apply = () => {
    if (text === shown || wrong) return;
    changeQuery({ [name]: durationIn(text) });
  };
  return (
    <label class="row field">
      <span class="muted">{label}</span>
      <input
        class="field-short"
        type="text"
        placeholder={name === 'min' ? '250ms' : '5s'}
        value={text}
        aria-invalid={wrong}
        onInput={(event) => setText(event.currentTarget.value)}
        onBlur={apply}
        onKeyDown={(event) => event.key === 'Enter' && apply()}
      />
    </label>
  );
}

function LookBack({ back }: { back: string | null | undefined }) {
  if (back == null) return null;
  const ms = msOf(back);
  return (
    <Notice kind="note">
      Only what came since {dateTime(ms)} was searched.{' '}
      <button type="button" onClick={() => changeQuery({ to: Math.ceil(ms), from: undefined, range: undefined })}>
        Search what is older
      </button>
    </Notice>
  );
}

function NoTraces({ narrowed }: { narrowed: boolean }) {
  if (!narrowed) {
    return (
      <Empty title="No traces yet">
        <p>
          As soon as a service sends spans, they are here. <a href="/">How to send them</a>
        </p>
      </Empty>
    );
  }
  return (
    <Empty title="No trace is like that">
      <p>
        Nothing that is held matches the filter and the time. <a href="/traces">Show all traces</a>
      </p>
    </Empty>
  );
}
