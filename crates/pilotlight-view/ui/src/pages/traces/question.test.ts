import { describe, expect, it } from 'vitest';
import { askingOf, beginOf, changeFor, durationIn, questionOf } from './question';

describe('the address of the list of traces', () => {
  it('asks for everything, errors first, when it says nothing', () => {
    expect(questionOf(askingOf(new URLSearchParams()))).toEqual({ filter: '' });
  });
  it('asks for what it says', () => {
    const query = new URLSearchParams('filter=service=shop&errors=1&sort=slowest&min=20&max=300.5');
    expect(questionOf(askingOf(query))).toEqual({
      filter: 'service=shop', errors: true, sort: 'slowest', duration_ms_min: 20, duration_ms_max: 300.5,
    });
  });
  it('does not ask for an order that there is none of', () => {
    expect(askingOf(new URLSearchParams('sort=constructor')).sort).toBe('errors-first');
  });
  it('takes a box in, rounded outwards', () => {
    expect(changeFor({ fromMs: 10.6, toMs: 20.2, shortestMs: 12.3456, longestMs: 98.7654 })).toEqual({ from: 10, to: 21, min: 12.3, max: 98.8 });
    expect(changeFor({ shortestMs: 0.00012345, longestMs: 1 })).toEqual({ min: 0.000123, max: 1 });
  });
  it('does not look further back than before when a box has an end in time alone', () => {
    const box = (fromMs?: number, back?: string) => changeFor({ toMs: 20 }, beginOf(fromMs, { searched_back_to: back ?? null }));
    expect(box(5)).toEqual({ from: 5, to: 20 });
    expect(box(undefined, '7000000')).toEqual({ from: 7, to: 20 });
    expect(box(5, '7000000')).toEqual({ from: 7, to: 20 });
    expect(changeFor({ longestMs: 1 }, 5)).toEqual({ max: 1 });
  });
  it('has no begin when all there is was looked at', () => {
    expect(changeFor({ toMs: 20 }, beginOf(undefined, { searched_back_to: null }))).toEqual({ to: 20 });
  });
});

it('a duration is typed with its unit', () => {
  expect(['250', '250ms', '1.5s', ' 80 us', '2m', '1h', '1000ns'].map(durationIn)).toEqual([250, 250, 1500, 0.08, 120_000, 3_600_000, 0.001]);
  expect(['', 'x', '-1', '1 year', '1e9'].map(durationIn)).toEqual([undefined, undefined, undefined, undefined, undefined]);
});
