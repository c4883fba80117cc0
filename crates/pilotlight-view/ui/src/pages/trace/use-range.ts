// The part of time that is shown. It moves with every turn of the wheel; the address follows when it stands still, since browsers refuse
// to write hundreds of addresses a minute.

import { useCallback, useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { changeQuery } from '../../state/url';
import { queryOf } from './view';
import { clamp, type Range, rangeFrom, rangeText } from './zoom';

/** Milliseconds without a move. */
const STILL = 300;

export function useRange(text: string, all: Range): [Range, (range: Range) => void] {
  const [moved, setMoved] = useState<Range | null>(null);
  const written = useRef(text);
  const timer = useRef(0);
  // The address changed and not by us: the back button, or a link.
  if (text !== written.current) {
    written.current = text;
    clearTimeout(timer.current);
    if (moved) setMoved(null);
  }
  const range = useMemo(() => (moved ? clamp(moved, all) : rangeFrom(text, all)), [moved, text, all]);
  const move = useCallback(
    (to: Range) => {
      setMoved(to);
      clearTimeout(timer.current);
      timer.current = window.setTimeout(() => {
        written.current = rangeText(to, all);
        changeQuery(queryOf({ range: written.current }), 'replace');
      }, STILL);
    },
    [all],
  );
  useEffect(() => () => clearTimeout(timer.current), []);
  return [range, move];
}
