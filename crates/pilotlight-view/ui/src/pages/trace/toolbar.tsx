// What can be done with the whole waterfall: find, only errors, fold, zoom.

import { useEffect, useRef, useState } from 'preact/hooks';
import { number } from '../../parts/formats';
import { nextOf } from './find';
import type { Shown } from './state';
import { around, isWhole, zoomAround } from './zoom';

export interface ToolbarProps {
  shown: Shown;
  /** Where `/` puts the cursor. */
  findBox: { current: HTMLInputElement | null };
}

export function Toolbar({ shown, findBox }: ToolbarProps) {
  const { view, errors, change } = shown;
  return (
    <div class="trace-tools" role="group" aria-label="Spans">
      <Find shown={shown} findBox={findBox} />
      <button
        type="button"
        aria-pressed={view.onlyErrors}
        disabled={errors.length === 0 && !view.onlyErrors}
        title="Show only spans with errors and what leads to them"
        onClick={() => change({ onlyErrors: !view.onlyErrors })}
      >
        Only errors
      </button>
      <button
        type="button"
        disabled={errors.length === 0}
        title="Go to the next error (e)"
        onClick={() => shown.goTo(nextOf(errors, shown.selected, 1))}
      >
        Next error
      </button>
      <FoldDepth shown={shown} />
      <Root shown={shown} />
      <Zoom shown={shown} />
    </div>
  );
}

/** Milliseconds after the last key until the search begins. */
const TYPED = 150;

function Find({ shown, findBox }: ToolbarProps) {
  const { view, found, unread, selected, change, goTo } = shown;
  const [text, setText] = useState(view.find);
  const typing = useRef(0);
  const goOn = useRef(false);
  useEffect(() => setText(view.find), [view.find]);
  const step = (by: 1 | -1) => {
    const next = nextOf(found, selected, by);
    if (next >= 0) goTo(next, 'replace');
  };
  const look = (find: string) => {
    clearTimeout(typing.current);
    change({ find }, 'replace');
  };
  // Enter that was pressed before the search began goes to what it finds.
  useEffect(() => {
    if (goOn.current && text === view.find && found.length > 0) {
      goOn.current = false;
      step(1);
    }
  }, [view.find, found]);
  const place = found.indexOf(selected);
  return (
    <div class="find" role="search">
      <input
        ref={findBox}
        type="search"
        placeholder="Find in this trace"
        aria-label="Find spans by name, service, id, event or attribute"
        title="Words of names, services, ids, events and values; or a filter such as http.response.status_code>=500 ( / )"
        value={text}
        onInput={(event) => {
          const find = event.currentTarget.value;
          setText(find);
          goOn.current = false;
          clearTimeout(typing.current);
          typing.current = window.setTimeout(() => look(find), TYPED);
        }}
        onKeyDown={(event) => {
          if (event.key !== 'Enter') return;
          event.preventDefault();
          goOn.current = text !== view.find;
          if (goOn.current) look(text);
          else step(event.shiftKey ? -1 : 1);
        }}
      />
      {view.find !== '' && (
        <>
          <span class={unread === undefined ? 'muted' : 'doubtful'} role="status" title={unread}>
            {unread !== undefined && '! '}
            {found.length === 0 ? 'none' : place < 0 ? number(found.length) : `${number(place + 1)} of ${number(found.length)}`}
          </span>
          <button type="button" class="quiet" aria-label="Previous" disabled={found.length === 0} onClick={() => step(-1)}>
            ↑
          </button>
          <button type="button" class="quiet" aria-label="Next" disabled={found.length === 0} onClick={() => step(1)}>
            ↓
          </button>
        </>
      )}
    </div>
  );
}

/** Deeper choices are made span by span. */
const DEPTHS = [0, 1, 2, 3, 4, 5, 7, 10, 15];

function FoldDepth({ shown }: { shown: Shown }) {
  const { tree, view, foldTo } = shown;
  if (tree.deepest === 0) return null;
  const depths = DEPTHS.filter((depth) => depth < tree.deepest || depth === view.depth);
  const own = view.depth !== null && !depths.includes(view.depth);
  return (
    <select
      aria-label="How deep the tree is open"
      value={view.depth === null ? '' : String(view.depth)}
      onChange={(event) => foldTo(event.currentTarget.value === '' ? null : Number(event.currentTarget.value))}
    >
      <option value="">All levels</option>
      {own && <option value={String(view.depth)}>{levels(view.depth!)}</option>}
      {depths.map((depth) => (
        <option key={depth} value={String(depth)}>
          {levels(depth)}
        </option>
      ))}
    </select>
  );
}

function levels(depth: number): string {
  return depth === 0 ? 'Top level only' : `${depth + 1} levels`;
}

function Root({ shown }: { shown: Shown }) {
  const { view, selected, root, rootAt } = shown;
  if (root >= 0) {
    return (
      <button type="button" class="chosen" onClick={() => rootAt(-1)} title="Show the whole trace again">
        Whole trace
      </button>
    );
  }
  return (
    <button
      type="button"
      disabled={selected < 0 || view.tab === 'statistics'}
      title="Show only the selected span and what is below it"
      onClick={() => rootAt(selected)}
    >
      Only this branch
    </button>
  );
}

function Zoom({ shown }: { shown: Shown }) {
  const { range, all, setRange, trace, selected, view } = shown;
  if (view.tab !== 'waterfall') return null;
  const middle = (range.from + range.to) / 2;
  const span = trace.spans[selected];
  return (
    <div class="zoom" role="group" aria-label="Zoom">
      <button type="button" aria-label="Zoom in" title="Zoom in (+, or ctrl and wheel)" onClick={() => setRange(zoomAround(range, all, middle, 0.5))}>
        +
      </button>
      <button type="button" aria-label="Zoom out" title="Zoom out (-)" disabled={isWhole(range, all)} onClick={() => setRange(zoomAround(range, all, middle, 2))}>
        −
      </button>
      <button type="button" title="Zoom to the selected span (z)" disabled={!span} onClick={() => span && setRange(around(span.start_offset_ns, span.duration_ns, all))}>
        Span
      </button>
      <button type="button" title="Show all of the time (0)" disabled={isWhole(range, all)} onClick={() => setRange(all)}>
        Fit
      </button>
    </div>
  );
}
