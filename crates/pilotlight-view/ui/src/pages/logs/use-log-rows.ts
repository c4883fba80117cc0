// The rows of the list: the records that were there, and those that came since.

import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { Refusal } from '../../api/client';
import type { TimeRange } from '../../state/range';
import { type Hold, holdAt, isFixed, MOST, wantedOf } from './hold';
import type { Connection } from './listen';
import { type Asking, questionOf } from './question';
import { isFull, type Tail, withAsked } from './tail';
import type { LogRow } from './types';
import { useLogList } from './use-log-list';
import { useTail } from './use-tail';

/** Rows at first and with each step down. */
const STEP = 200;

export interface LogRows {
  rows: readonly LogRow[];
  /** Whether it is known what was there before the tail. */
  answered: boolean;
  tail: Tail;
  connection: Connection;
  refusal: Refusal | undefined;
  /** Whether there is no room for older ones. */
  atEnd: boolean;
  /** Asks for older ones. */
  onEnd: () => void;
}

export function useLogRows(asking: Asking, range: TimeRange, held: boolean): LogRows {
  const question = questionOf(asking);
  const chosen = JSON.stringify([question, range.chosen]);
  const [steps, setSteps] = useState(STEP);
  useEffect(() => setSteps(STEP), [chosen]);
  const hold = useRef<Hold | undefined>(undefined);
  if (!held || hold.current?.chosen !== chosen) hold.current = undefined;
  const { tail, connection, opened } = useTail(range.question.to_ms === undefined ? question : undefined, held);
  const source = { range: range.question, steps, opened };
  const { range: within, limit } = wantedOf(hold.current, source);
  const occasion = `${chosen} ${opened}`;
  const { answer, refusal, of } = useLogList({ ...within, ...question, limit }, occasion);
  const joined = useMemo(() => withAsked(tail.shown, answer?.logs ?? [], within.from_ms), [tail.shown, answer, within.from_ms]);
  // The tail begins anew before the list that it is joined to is there: until then the rows stay, or the page would jump to the top.
  const settled = of === occasion && !isFixed(hold.current);
  const rows = useRef(joined);
  if (settled) rows.current = joined;
  if (held && settled) hold.current ??= holdAt(chosen, source, joined);
  const reached = Math.max(limit, hold.current?.limit ?? 0);
  const atEnd = reached >= MOST || isFull(tail.shown);
  const onEnd = () => {
    if (!atEnd && answer && answer.matched > answer.logs.length) setSteps(reached + STEP);
  };
  return { rows: rows.current, answered: answer !== undefined, tail, connection, refusal, atEnd, onEnd };
}
