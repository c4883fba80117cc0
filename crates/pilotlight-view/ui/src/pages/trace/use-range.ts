// The part of time that is shown.

import { useCallback, useMemo } from 'preact/hooks';
import { useSettling } from './use-settling';
import { clamp, type Range, rangeFrom, rangeText } from './zoom';

export function useRange(text: string, all: Range): [Range, (range: Range) => void] {
  const read = useCallback((text: string) => rangeFrom(text, all), [all]);
  const write = useCallback((range: Range) => rangeText(range, all), [all]);
  const [range, move] = useSettling('range', text, read, write);
  // A trace that grew, or another root: what was chosen stays within it.
  return [useMemo(() => clamp(range, all), [range, all]), move];
}
