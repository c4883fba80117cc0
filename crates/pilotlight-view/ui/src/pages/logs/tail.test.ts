import { describe, expect, it } from 'vitest';
import { begun, EMPTY_TAIL, missed, paused, pushed, resumed, SHOWN_MAX, withAsked } from './tail';
import type { LogRow } from './types';

const row = (id: string): LogRow => ({ id, time: '0', severity: 9, severity_text: 'INFO', service: '', body: '', event_name: '' });
const rows = (count: number) => Array.from({ length: count }, (_, n) => row(`${n}`));
const at = (id: string, time: string): LogRow => ({ ...row(id), time });
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

  it('keeps the newest of what waits, and counts what found no room until it goes on', () => {
    const tail = pushed(paused(EMPTY_TAIL), rows(SHOWN_MAX + 5));
    expect(tail.waiting.length).toBe(SHOWN_MAX);
    expect(tail.waiting[0]!.id).toBe(`${SHOWN_MAX + 4}`);
    expect(tail.overflowed).toBe(5);
    expect(resumed(tail).overflowed).toBe(0);
  });

  it('shows all that waited', () => {
    const tail = pushed(paused(EMPTY_TAIL), rows(SHOWN_MAX + 5));
    expect(resumed(tail).shown).toEqual(tail.waiting);
  });

  it('begins anew with another connection, and keeps of the one before only that it is paused and how many waited', () => {
    const tail = begun(missed(pushed(paused(pushed(EMPTY_TAIL, [row('a')])), [row('b'), row('c')]), 3));
    expect(tail).toEqual({ ...EMPTY_TAIL, paused: true, overflowed: 2 });
    expect(begun(pushed(EMPTY_TAIL, [row('a')]))).toEqual(EMPTY_TAIL);
  });

  it('adds up what the server let go', () => {
    expect(missed(missed(EMPTY_TAIL, 3), 4).missed).toBe(7);
  });

  it('is one list with what was asked for: each record once, the newest first', () => {
    const pushedRows = [at('f', '1763880000000000006'), at('c', '1763880000000000003')];
    const asked = [at('f', '1763880000000000006'), at('e', '1763880000000000005'), at('a', '9')];
    expect(ids(withAsked(pushedRows, asked))).toEqual(['f', 'e', 'c', 'a']);
  });

  it('has nothing joined on below its end when records may have fallen off there', () => {
    const numbered = Array.from({ length: SHOWN_MAX }, (_, n) => at(`${n}`, `${5000 + n}`));
    const { shown } = pushed(EMPTY_TAIL, numbered);
    const asked = [at('late', '6000'), at('old', '4999')];
    expect(ids(withAsked(shown.slice(1), asked))).toContain('old');
    expect(ids(withAsked(shown, asked))).toContain('late');
    expect(ids(withAsked(shown, asked))).not.toContain('old');
  });

  it('is of the range alone that is looked at', () => {
    const list = [at('c', '1763880000002000000'), at('b', '1763880000001000000'), at('a', '1763880000000999000')];
    expect(ids(withAsked(list, [], 1763880000001))).toEqual(['c', 'b']);
    expect(ids(withAsked([], list, 1763880000001))).toEqual(['c', 'b']);
  });
});
