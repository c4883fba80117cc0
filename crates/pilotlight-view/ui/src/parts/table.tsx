// A table of any length: only the rows in sight exist. It scrolls within itself, so it stands in something of a certain height
// (a page that is `full`). Arrows, j and k, page keys, home and end move; enter opens.
import type { ComponentChildren } from 'preact';
import { useEffect, useId, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { go } from '../state/url';
import { px } from './px';
import { leastWidth, rowAfterKey, scrollToShow, visibleRows } from './visible';

export interface Column<Row> {
  readonly key: string;
  readonly head: ComponentChildren;
  /** A track of a CSS grid: `90px`, `minmax(120px, 2fr)`. */
  readonly width: string;
  /** Numbers are at the end. */
  readonly align?: 'end';
  readonly cell: (row: Row, index: number) => ComponentChildren;
  /** Can be sorted by: what `onSort` is called with. */
  readonly sort?: string;
  /** Which way it is sorted when it is. Default: descending. */
  readonly direction?: 'ascending' | 'descending';
}

interface Props<Row> {
  /** What a screen reader calls the table. */
  readonly label: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly keyOf: (row: Row) => string;
  /** Pixels; every row has this height. Default: 28. */
  readonly rowHeight?: number;
  /** The key of the row that is open. */
  readonly selected?: string | undefined;
  readonly onOpen?: (row: Row, index: number) => void;
  /** Where a row leads to, a path of our own; instead of `onOpen`. */
  readonly href?: (row: Row) => string;
  /** What the rows are sorted by: a column's `sort`. */
  readonly sort?: string;
  readonly onSort?: (sort: string) => void;
  readonly rowClass?: (row: Row) => string | undefined;
  /** How many rows there are in all, when that is more than are here. */
  readonly total?: number;
  /** The end of the rows is in sight: time to load more. */
  readonly onEnd?: () => void;
  /** Instead of rows, when there are none. */
  readonly empty?: ComponentChildren;
}

const headHeight = 28;

export function Table<Row>(props: Props<Row>) {
  const { columns, rows, keyOf, rowHeight = 28, selected, onEnd, label, total } = props;
  const id = useId();
  const scroller = useRef<HTMLDivElement>(null);
  const { top, height, look } = useScroll(scroller);
  const [active, setActive] = useState<string>();
  const activeIndex = indexOf(rows, keyOf, active ?? selected);
  const tracks = columns.map((column) => column.width).join(' ');
  const least = px(leastWidth(columns.map((column) => column.width)));
  const { first, end } = visibleRows(rows.length, rowHeight, top, height - headHeight);
  useEffect(() => {
    if (rows.length > 0 && end >= rows.length) onEnd?.();
  }, [end, rows.length]);

  const open = (row: Row, index: number) => {
    if (props.href) go(props.href(row));
    else props.onOpen?.(row, index);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    const row = rows[activeIndex];
    if (event.key === 'Enter' && row !== undefined && event.target === event.currentTarget) {
      event.preventDefault();
      open(row, activeIndex);
      return;
    }
    const next = rowAfterKey(event.key, activeIndex, rows.length, Math.floor((height - headHeight) / rowHeight));
    const nextRow = next === undefined ? undefined : rows[next];
    if (next === undefined || nextRow === undefined) return;
    event.preventDefault();
    setActive(keyOf(nextRow));
    scroller.current?.scrollTo({ top: scrollToShow(next, rowHeight, scroller.current.scrollTop, height, headHeight) });
  };

  const drawn = rows.slice(first, end);
  const inSight = activeIndex >= first && activeIndex < end;
  return (
    <div
      ref={scroller}
      class="table"
      role="grid"
      tabIndex={0}
      aria-label={label}
      aria-rowcount={(total ?? rows.length) + 1}
      aria-colcount={columns.length}
      aria-activedescendant={inSight ? `${id}-${activeIndex}` : undefined}
      onScroll={look}
      onKeyDown={onKeyDown}
    >
      <Head {...props} tracks={tracks} least={least} />
      {rows.length === 0 && props.empty && (
        // A grid may hold nothing but rows.
        <div role="row">
          <div role="gridcell" aria-colspan={columns.length}>
            {props.empty}
          </div>
        </div>
      )}
      <div role="presentation" class="table-body" style={{ height: px(rows.length * rowHeight), minWidth: least }}>
        {drawn.map((row, at) => {
          const index = first + at;
          return (
            <div
              key={keyOf(row)}
              id={`${id}-${index}`}
              role="row"
              aria-rowindex={index + 2}
              aria-selected={keyOf(row) === selected}
              class={rowClasses(index === activeIndex, keyOf(row) === selected, props.rowClass?.(row))}
              style={{ top: px(index * rowHeight), height: px(rowHeight), gridTemplateColumns: tracks }}
              onClick={(event) => {
                if (!clickOpens(event)) return;
                setActive(keyOf(row));
                open(row, index);
              }}
            >
              {columns.map((column) => (
                <div key={column.key} role="gridcell" class={column.align === 'end' ? 'cell number' : 'cell'}>
                  {column.cell(row, index)}
                </div>
              ))}
            </div>
          );
        })}
      </div>
    </div>
  );
}

function Head<Row>({ columns, sort, onSort, tracks, least }: Props<Row> & { tracks: string; least: string }) {
  return (
    <div role="row" aria-rowindex={1} class="table-head" style={{ gridTemplateColumns: tracks, minWidth: least }}>
      {columns.map((column) => {
        const sorted = column.sort !== undefined && column.sort === sort;
        const direction = column.direction ?? 'descending';
        return (
          <div
            key={column.key}
            role="columnheader"
            class={column.align === 'end' ? 'cell number' : 'cell'}
            aria-sort={column.sort === undefined ? undefined : sorted ? direction : 'none'}
          >
            {column.sort !== undefined && onSort ? (
              <button type="button" class="table-sort" onClick={() => onSort(column.sort ?? '')}>
                {column.head}
                <span aria-hidden="true">{sorted ? (direction === 'descending' ? '▾' : '▴') : ''}</span>
              </button>
            ) : (
              column.head
            )}
          </div>
        );
      })}
    </div>
  );
}

/** How far it is scrolled and how high it is, drawn again at most once a frame. */
function useScroll(scroller: { current: HTMLDivElement | null }) {
  const [place, setPlace] = useState({ top: 0, height: 600 });
  const frame = useRef(0);
  const look = () => {
    if (frame.current !== 0) return;
    frame.current = requestAnimationFrame(() => {
      frame.current = 0;
      const element = scroller.current;
      if (element) setPlace({ top: element.scrollTop, height: element.clientHeight });
    });
  };
  useLayoutEffect(() => {
    const element = scroller.current;
    if (!element) return;
    const observer = new ResizeObserver(look);
    observer.observe(element);
    return () => {
      observer.disconnect();
      cancelAnimationFrame(frame.current);
      frame.current = 0;
    };
  }, []);
  return { ...place, look };
}

function indexOf<Row>(rows: readonly Row[], keyOf: (row: Row) => string, key: string | undefined): number {
  return key === undefined ? -1 : rows.findIndex((row) => keyOf(row) === key);
}

function rowClasses(active: boolean, selected: boolean, more: string | undefined): string {
  return ['table-row', active && 'table-row-active', selected && 'table-row-selected', more].filter(Boolean).join(' ');
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLInputElement || target instanceof HTMLSelectElement || target instanceof HTMLTextAreaElement;
}

/** A click on a link or button in the row is theirs, and whoever marks text does not mean to open. */
function clickOpens(event: MouseEvent): boolean {
  if (event.defaultPrevented || (event.target instanceof Element && event.target.closest('a, button, input, select'))) return false;
  return (getSelection()?.toString() ?? '') === '';
}
