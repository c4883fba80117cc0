// While a list is held, because the reader paused or scrolled down in it, nothing that comes moves a line of it.

import { msOf } from '../../parts/formats';
import type { TimeRange } from '../../state/range';
import type { LogRow } from './types';

/** What a list that is held is asked for. */
export interface Hold {
  /** What the reader had chosen: another choice is another list. */
  chosen: string;
  range: TimeRange['question'];
  /** As many records as there were, so that asking again takes none away. */
  limit: number;
}

/** Holds the list at these rows: at where its range began then, and at the newest of them. */
export function holdAt(chosen: string, range: TimeRange['question'], rows: readonly LogRow[]): Hold | undefined {
  const [newest] = rows;
  return newest && { chosen, range: { ...range, to_ms: range.to_ms ?? Math.floor(msOf(newest.time)) + 1 }, limit: rows.length };
}
