// A value that is in the address and moves with every key or turn of the wheel. The page follows at once and the address when it stands
// still: browsers refuse to write hundreds of addresses a minute.

import { useCallback, useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { changeQuery, type How } from '../../state/url';
import { queryOf, type View } from './view';

/** Milliseconds without a move. */
const STILL = 250;

/** `text` is what the address says; `write` gives what it should say for a value. */
export function useSettling<T>(key: 'span' | 'range', text: string, read: (text: string) => T, write: (value: T) => string): [T, (value: T, how?: How) => void] {
  const [moved, setMoved] = useState<{ value: T } | null>(null);
  const known = useRef(text);
  const timer = useRef(0);
  // The address changed and not by us: the back button, or a link.
  if (text !== known.current) {
    known.current = text;
    clearTimeout(timer.current);
    if (moved) setMoved(null);
  }
  const value = useMemo(() => (moved ? moved.value : read(text)), [moved, text, read]);
  const move = useCallback(
    (to: T, how: How = 'replace') => {
      clearTimeout(timer.current);
      setMoved({ value: to });
      const settle = () => {
        known.current = write(to);
        changeQuery(queryOf({ [key]: known.current } as Partial<View>), how);
      };
      if (how === 'push') settle();
      else timer.current = window.setTimeout(settle, STILL);
    },
    [key, write],
  );
  useEffect(() => () => clearTimeout(timer.current), []);
  return [value, move];
}
