// One trace: what it is, what is wrong with it, and where its time went.

import './panel.css';
import './trace.css';
import { useMemo, useRef, useState } from 'preact/hooks';
import { CopyButton } from '../../parts/copy';
import { Empty } from '../../parts/empty';
import { counted, cut, duration, nanoTime, number } from '../../parts/formats';
import { RefusalNotice } from '../../parts/notice';
import { Page } from '../../parts/page';
import { Tabs } from '../../parts/tabs';
import { useShade } from '../../state/theme';
import { link, useAddress } from '../../state/url';
import { Faults } from './faults';
import { FlameGraph } from './flame-graph';
import { inkOf } from './ink';
import type { Action } from './keys';
import { Keys } from './key-help';
import { Beside } from './panel';
import { SpanPanel } from './span-panel';
import { SpanTable } from './span-table';
import { type Shown, useShown } from './state';
import { StatisticsTab } from './statistics-tab';
import { Toolbar } from './toolbar';
import type { Trace } from './types';
import { useTrace } from './use-trace';
import { type Tab, type View, viewFrom } from './view';
import { Waterfall } from './waterfall';
import { around, pan, zoomAround } from './zoom';

export default function TracePage() {
  const { path, query } = useAddress();
  // Ids are hexadecimal: whatever else stands there is not decoded but not found.
  const id = path.split('/')[2] ?? '';
  const { trace, refusal, asking, live } = useTrace(id);
  const view = useMemo(() => viewFrom(query), [query]);
  if (trace?.spans.length === 0) return <OnlyLogs trace={trace} />;
  if (trace) return <ShownTrace key={trace.trace_id} trace={trace} view={view} live={live} />;
  return (
    <Page title="Trace" aside={<span class="mono">{cut(id, 40)}</span>}>
      {refusal?.status === 404 ? (
        <Empty title="This trace is not here">
          <p>
            Nothing of it has come, or it was old enough to be let go. <a href="/viewer">What is kept</a>,{' '}
            <a href="/traces">all traces</a>.
          </p>
        </Empty>
      ) : (
        <RefusalNotice refusal={refusal} />
      )}
      {!refusal && asking && <p class="muted">Loading …</p>}
    </Page>
  );
}

/** Records can name a trace whose spans were not sampled, went elsewhere or have yet to come. */
function OnlyLogs({ trace }: { trace: Trace }) {
  return (
    <Page title="Trace" aside={<span class="mono">{trace.trace_id}</span>}>
      <Empty title="No span of this trace is here">
        <p>
          {counted(trace.logs.length + trace.logs_left_out, 'log record')} name it.{' '}
          <a href={link('/logs', { filter: `trace.id=${trace.trace_id}` })}>Show them</a>
        </p>
      </Empty>
    </Page>
  );
}

function ShownTrace({ trace, view, live }: { trace: Trace; view: View; live: boolean }) {
  const shown = useShown(trace, view);
  const root = trace.spans[0];
  const title = root ? `${trace.services[root.service] ?? ''}: ${root.name}` : 'Trace';
  return (
    <Page title={cut(title, 160)} aside={<Numbers shown={shown} live={live} />} tools={<Tools trace={trace} />} full>
      <Faults shown={shown} />
      <Views shown={shown} />
    </Page>
  );
}

function Numbers({ shown, live }: { shown: Shown; live: boolean }) {
  const { trace, errors } = shown;
  return (
    <span class="trace-numbers">
      <strong>{duration(trace.duration_ns)}</strong>
      <span>{nanoTime(trace.start).slice(0, -6)}</span>
      <span>{counted(trace.spans.length + trace.spans_left_out, 'span')}</span>
      <span>{counted(trace.services.length, 'service')}</span>
      {errors.length > 0 && <span class="bad">! {counted(errors.length, 'error')}</span>}
      <Records trace={trace} />
      {!live && <span title="Large traces are not asked for again by themselves">as of when it was opened</span>}
    </span>
  );
}

/** How many records there are; those that are on no bar because they name no span, or one that is not here, are told apart. */
function Records({ trace }: { trace: Trace }) {
  const all = trace.logs.length + trace.logs_left_out;
  const elsewhere = trace.logs.filter((log) => log.span == null).length;
  if (all === 0) return <span>no log records</span>;
  return (
    <a href={link('/logs', { filter: `trace.id=${trace.trace_id}` })}>
      {counted(all, 'log record')}
      {elsewhere > 0 && `, ${number(elsewhere)} on no span here`}
    </a>
  );
}

function Tools({ trace }: { trace: Trace }) {
  return (
    <>
      <span class="mono muted trace-id">{trace.trace_id}</span>
      <CopyButton text={trace.trace_id} what="trace id" />
      <a
        class="button"
        href={link('/api/export', { trace_id: trace.trace_id, signals: 'traces,logs' })}
        download={`trace-${trace.trace_id}.jsonl`}
      >
        Export
      </a>
    </>
  );
}

const LABELS: readonly { key: Tab; label: string }[] = [
  { key: 'waterfall', label: 'Waterfall' },
  { key: 'table', label: 'Table' },
  { key: 'statistics', label: 'Self time' },
  { key: 'flame', label: 'Flame graph' },
];

function Views({ shown }: { shown: Shown }) {
  const { view, selected } = shown;
  const ink = useInk();
  const found = useFoundSet(shown);
  const findBox = useRef<HTMLInputElement>(null);
  const [opened, setOpened] = useState(view.span !== '');
  const act = useAction(shown, findBox, opened, setOpened);
  const withPanel = opened && selected >= 0 && (view.tab === 'waterfall' || view.tab === 'table');
  return (
    <>
      <Toolbar shown={shown} findBox={findBox} />
      <Beside width={420} panel={withPanel && <SpanPanel shown={shown} onClose={() => setOpened(false)} />}>
        <Tabs label="Views of the trace" tabs={LABELS} chosen={view.tab} onChoose={(tab) => shown.change({ tab })}>
          {view.tab === 'waterfall' && <Waterfall {...shown} found={found} ink={ink} onAction={act} onRange={shown.setRange} />}
          {view.tab === 'table' && <SpanTable shown={shown} onAction={act} />}
          {view.tab === 'statistics' && <StatisticsTab shown={shown} />}
          {view.tab === 'flame' && <FlameGraph shown={shown} ink={ink} />}
        </Tabs>
      </Beside>
      <Keys tab={view.tab} />
    </>
  );
}

function useFoundSet(shown: Shown): ReadonlySet<number> {
  return useMemo(() => new Set(shown.found), [shown.found]);
}

/** Read anew when the theme changes. */
function useInk() {
  const shade = useShade();
  return useMemo(() => inkOf(shade), [shade]);
}

/** What keys and presses in the waterfall and in the table do. */
function useAction(
  shown: Shown,
  findBox: { current: HTMLInputElement | null },
  opened: boolean,
  setOpened: (opened: boolean) => void,
): (action: Action, by: 'key' | 'pointer') => void {
  const { range, all, selected, trace } = shown;
  return (action, by) => {
    switch (action.to) {
      case 'span':
        return shown.goTo(action.span, by === 'key' ? 'replace' : 'push');
      case 'fold':
        return shown.fold(action.span);
      case 'zoom':
        return shown.setRange(zoomAround(range, all, (range.from + range.to) / 2, action.factor));
      case 'pan':
        return shown.setRange(pan(range, all, action.part));
      case 'fit':
        return shown.setRange(all);
      case 'fitSpan': {
        const span = trace.spans[selected];
        return span && shown.setRange(around(span.start_offset_ns, span.duration_ns, all));
      }
      case 'open':
        return setOpened(true);
      case 'close':
        return opened ? setOpened(false) : shown.deselect();
      case 'find':
        return findBox.current?.focus();
      case 'unfoldAll':
        return shown.foldTo(null);
      case 'foldAll':
        return shown.foldTo(0);
    }
  };
}
