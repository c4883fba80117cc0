// While a list is held, because the reader paused or scrolled down in it, nothing that comes moves a line of it.

import { msOf } from '../../parts/formats';
import type { TimeRange } from '../../state/range';
import type { LogRow } from './types';

/** What the API gives at most. */
export const MOST = 1000;

/** What a list comes of. */
export interface Source {
  range: TimeRange['question'];
  /** How many records the reader went down for. */
  steps: number;
  /** The connection that the list is joined to. */
  opened: number;
}

export interface Hold {
  /** What the reader had chosen: another choice is another list. */
  chosen: string;
  /** What its rows came of. */
  of: Source;
  /** From where its range began to the newest of its rows. */
  range: TimeRange['question'];
  /** As many records as there were, so that asking again takes none away. */
  limit: number;
}

/** Holds the list at these rows. */
export function holdAt(chosen: string, of: Source, rows: readonly LogRow[]): Hold | undefined {
  const [newest] = rows;
  return newest && { chosen, of, range: { ...of.range, to_ms: of.range.to_ms ?? Math.floor(msOf(newest.time)) + 1 }, limit: rows.length };
}

/**
 * What the list is asked for. A hold by itself asks for nothing else than before: for a range with an end the viewer may have to read
 * its file. More steps and another connection do ask again, for what is held.
 */
export function wantedOf(hold: Hold | undefined, now: Source): { range: TimeRange['question']; limit: number } {
  const again = hold && !isFixed(hold) && (hold.of.steps !== now.steps || hold.of.opened !== now.opened);
  if (again) return { range: hold.range, limit: Math.min(MOST, Math.max(now.steps, hold.limit)) };
  return { range: (hold?.of ?? now).range, limit: Math.min(MOST, now.steps) };
}

/** Whether there are more rows than asking again would give: they stay as they are until the hold ends. */
export function isFixed(hold: Hold | undefined): boolean {
  return hold !== undefined && hold.limit > MOST;
}
