// The waterfall as a table: the same rows in words, for screen readers and for those who like numbers.

import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { ServiceName, StatusChip } from '../../parts/chips';
import { cut, duration, share } from '../../parts/formats';
import { actionOf, type Action } from './keys';
import { scrollToShow } from '../../parts/visible';
import { px } from '../../parts/px';
import type { Shown } from './state';
import { hasChildren } from './tree';
import { useSize } from './use-size';

/** Pixels; all rows have this height. */
const ROW = 28;
/** Rows beyond what is seen, so that a screen reader's own cursor finds neighbours. */
const SPARE = 10;
const COLUMNS = ['Operation', 'Service', 'Kind', 'Status', 'Begins at', 'Duration', 'Self time', 'Of the trace', 'Logs'] as const;

export function SpanTable({ shown, onAction }: { shown: Shown; onAction: (action: Action, by: 'key' | 'pointer') => void }) {
  const { tree, layout, selected, errors } = shown;
  const scroller = useRef<HTMLDivElement>(null);
  const { height } = useSize(scroller);
  const [top, setTop] = useState(0);
  const count = layout.rows.length;
  const first = Math.max(0, Math.floor(top / ROW) - SPARE);
  const after = Math.min(count, Math.ceil((top + height) / ROW) + SPARE);
  const row = layout.rowOf[selected] ?? -1;
  useLayoutEffect(() => {
    if (row < 0 || !scroller.current || height === 0) return;
    scroller.current.scrollTop = scrollToShow(row, ROW, scroller.current.scrollTop, height, ROW);
  }, [row, height > 0]);
  const press = (event: KeyboardEvent) => {
    const action = actionOf(event, layout, tree, errors, selected, Math.max(1, Math.floor(height / ROW) - 1));
    if (!action || action.to === 'zoom' || action.to === 'pan' || action.to === 'fit' || action.to === 'fitSpan') return;
    event.preventDefault();
    onAction(action, 'key');
  };
  return (
    <div
      ref={scroller}
      class="span-table"
      role="treegrid"
      tabIndex={0}
      aria-label="Spans of the trace"
      aria-rowcount={count + 1}
      aria-colcount={COLUMNS.length}
      aria-activedescendant={row >= first && row < after ? `span-row-${row}` : undefined}
      onScroll={(event) => setTop(event.currentTarget.scrollTop)}
      onKeyDown={press}
    >
      <div role="row" aria-rowindex={1} class="span-table-head">
        {COLUMNS.map((name) => (
          <div key={name} role="columnheader">
            {name}
          </div>
        ))}
      </div>
      <div role="presentation" class="span-table-body" style={{ height: px(count * ROW) }}>
        {Array.from(layout.rows.subarray(first, after), (at, n) => (
          <div
            key={at}
            id={`span-row-${first + n}`}
            role="row"
            aria-rowindex={first + n + 2}
            aria-level={tree.depth[at]! + 1}
            aria-selected={at === selected}
            aria-expanded={hasChildren(tree, at) ? layout.folded[at] !== 1 : undefined}
            class="span-table-row"
            style={{ top: px((first + n) * ROW), height: px(ROW) }}
            onClick={() => {
              onAction({ to: 'span', span: at }, 'pointer');
              onAction({ to: 'open' }, 'pointer');
            }}
          >
            <Cells shown={shown} at={at} onFold={() => onAction({ to: 'fold', span: at }, 'pointer')} />
          </div>
        ))}
      </div>
    </div>
  );
}

function Cells({ shown, at, onFold }: { shown: Shown; at: number; onFold: () => void }) {
  const { trace, tree, layout } = shown;
  const span = trace.spans[at]!;
  const shownRow = layout.rowOf[at]!;
  return (
    <>
      <div role="gridcell" class="cut" style={{ paddingLeft: px(8 + Math.min(tree.depth[at]!, 20) * 12) }}>
        {hasChildren(tree, at) && (
          <button
            type="button"
            class="quiet fold"
            tabIndex={-1}
            aria-label={layout.folded[at] ? 'Unfold' : 'Fold'}
            onClick={(event) => {
              event.stopPropagation();
              onFold();
            }}
          >
            {layout.folded[at] ? '▸' : '▾'}
          </button>
        )}
        {cut(span.name, 160) || '(no name)'}
      </div>
      <div role="gridcell" class="cut">
        <ServiceName service={trace.services[span.service] ?? ''} />
      </div>
      <div role="gridcell">{span.kind}</div>
      <div role="gridcell">
        <StatusChip status={span.status} message={span.status_message} />
        {span.placement !== 'inplace' && <span class="chip chip-warning">{span.placement}</span>}
        {span.skew_ns != null && <span class="chip chip-warning">clock</span>}
      </div>
      <div role="gridcell" class="number">{duration(span.start_offset_ns)}</div>
      <div role="gridcell" class="number">{duration(span.duration_ns)}</div>
      <div role="gridcell" class="number">{duration(span.self_time_ns)}</div>
      <div role="gridcell" class="number">{share(span.duration_ns, trace.duration_ns)}</div>
      <div role="gridcell" class="number">{layout.logs.first[shownRow + 1]! - layout.logs.first[shownRow]! || ''}</div>
    </>
  );
}
