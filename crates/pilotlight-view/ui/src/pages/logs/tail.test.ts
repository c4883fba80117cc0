import { describe, expect, it } from 'vitest';
import { EMPTY_TAIL, missed, paused, pushed, resumed, SHOWN_MAX, WAITING_MAX, withAsked } from './tail';
import type { LogRow } from './types';

const row = (id: string): LogRow => ({ id, time: '0', severity: 9, severity_text: 'INFO', service: '', body: '', event_name: '' });
const rows = (count: number) => Array.from({ length: count }, (_, n) => row(`${n}`));
const ids = (list: readonly LogRow[]) => list.map(({ id }) => id);

describe('the live tail', () => {
  it('shows the newest first', () => {
    const tail = pushed(pushed(EMPTY_TAIL, [row('a'), row('b')]), [row('c')]);
    expect(ids(tail.shown)).toEqual(['c', 'b', 'a']);
  });

  it('lets what comes wait while it is paused, and shows it afterwards', () => {
    const held = pushed(paused(pushed(EMPTY_TAIL, [row('a')])), [row('b'), row('c')]);
    expect(ids(held.shown)).toEqual(['a']);
    expect(held.waiting.length).toBe(2);
    expect(ids(resumed(held).shown)).toEqual(['c', 'b', 'a']);
    expect(resumed(held).waiting).toEqual([]);
  });

  it('shows no more than it can', () => {
    expect(pushed(EMPTY_TAIL, rows(SHOWN_MAX + 5)).shown.length).toBe(SHOWN_MAX);
  });

  it('keeps the newest of what waits, and counts what found no room', () => {
    const tail = pushed(paused(EMPTY_TAIL), rows(WAITING_MAX + 5));
    expect(tail.waiting.length).toBe(WAITING_MAX);
    expect(tail.waiting[0]!.id).toBe(`${WAITING_MAX + 4}`);
    expect(tail.overflowed).toBe(5);
  });

  it('adds up what the server let go', () => {
    expect(missed(missed(EMPTY_TAIL, 3), 4).missed).toBe(7);
  });

  it('is one list with what was asked for: each record once, the newest first', () => {
    const at = (id: string, time: string): LogRow => ({ ...row(id), time });
    const pushedRows = [at('f', '1763880000000000006'), at('c', '1763880000000000003')];
    const asked = [at('f', '1763880000000000006'), at('e', '1763880000000000005'), at('a', '9')];
    expect(ids(withAsked(pushedRows, asked))).toEqual(['f', 'e', 'c', 'a']);
  });
});
