import { describe, expect, it } from 'vitest';
import { ago, bytes, compact, counted, cut, date, dateTime, distance, duration, enclosed, moment, msOf, nanoTime, rate, share } from './formats';

describe('durations', () => {
  it.each([
    [0, '0'],
    [1, '1 ns'],
    [999, '999 ns'],
    [1_500, '1.5 µs'],
    [80_000, '80 µs'],
    [999_600, '1 ms'],
    [812_345_678, '812 ms'],
    [1_240_000_000, '1.24 s'],
    [59_940_000_000, '59.9 s'],
    [59_960_000_000, '1m 0s'],
    [192e9, '3m 12s'],
    [3_600e9, '1h 0m'],
    [86_400e9 * 10 + 4 * 3600e9, '10d 4h'],
    [-1_500_000, '−1.5 ms'],
    [Number.NaN, '–'],
    [Number.POSITIVE_INFINITY, '–'],
  ])('%d ns is written %s', (nanoseconds, written) => {
    expect(duration(nanoseconds)).toBe(written);
  });
  it('after another moment have a plus, and those before it a minus', () => {
    expect([812_345_678, 0, -10].map(distance)).toEqual(['+812 ms', '+0', '−10 ns']);
  });
});

describe('numbers', () => {
  it.each([
    [950, '950'],
    [0.123, '0.12'],
    [12_345, '12.3 k'],
    [999_999, '1 M'],
    [4_560_000, '4.56 M'],
    [-2_000, '−2 k'],
    [Number.NaN, 'NaN'],
  ])('%d is written %s where there is little room', (value, written) => {
    expect(compact(value)).toBe(written);
  });
  it('count one thing and several', () => {
    expect([counted(1, 'span'), counted(2000, 'span'), counted(0, 'query', 'queries')]).toEqual(['1 span', '2,000 spans', '0 queries']);
  });
  it('are bytes in units of 1,024', () => {
    expect([bytes(0), bytes(1023), bytes(1536), bytes(512 * 1024 * 1024)]).toEqual(['0 B', '1,023 B', '1.5 KiB', '512 MiB']);
  });
  it('never round a little to nothing nor almost everything to all', () => {
    expect([share(0, 10), share(1, 100_000), share(1, 3), share(99_999, 100_000), share(5, 5), share(1, 0)]).toEqual([
      '0 %',
      '< 0.1 %',
      '33.3 %',
      '> 99.9 %',
      '100 %',
      '0 %',
    ]);
  });
  it('are rates by the second, the minute or the hour', () => {
    expect([rate(0), rate(12.34), rate(0.05), rate(0.001)]).toEqual(['0/s', '12.3/s', '3/min', '3.6/h']);
  });
});

describe('moments', () => {
  const noon = new Date(2026, 10, 23, 12, 3, 4, 56).getTime();
  it('are in the reader’s time zone', () => {
    expect(dateTime(noon)).toBe('2026-11-23 12:03:04.056');
  });
  it('leave out the date of today', () => {
    expect(moment(noon, noon + 1000)).toBe('12:03:04.056');
    expect(moment(noon, noon + 86_400_000)).toBe('2026-11-23 12:03:04.056');
  });
  it('keep nine digits', () => {
    expect(nanoTime(`${BigInt(noon) * 1_000_000n + 789n}`)).toBe('2026-11-23 12:03:04.056000789');
    expect(nanoTime('not a number')).toBe('–');
  });
  it('go to the end of OTLP’s clock in 2554', () => {
    expect(date(msOf('18446744073709551615')).slice(0, 4)).toBe('2554');
  });
  it('are so long ago', () => {
    const seconds = [0, 12, 180, 18_000, 172_800, -180];
    expect(seconds.map((one) => ago(noon - one * 1000, noon))).toEqual(['now', '12 s ago', '3 min ago', '5 h ago', '2 d ago', 'in 3 min']);
  });
});

describe('long text', () => {
  it('is cut, and never within a character', () => {
    expect(cut('abc', 3)).toBe('abc');
    expect(cut('abcd', 3)).toBe('abc…');
    expect(cut('ab😀', 3)).toBe('ab…');
  });
  it('keeps what turns it around, and loses what would let it turn what is beside it', () => {
    const turning = 'a\u2069\u202Eb\u2069c';
    expect(enclosed(turning)).toBe('a\uFFFD\u202Eb\uFFFDc');
    expect(cut(turning)).toBe('a\uFFFD\u202Eb\uFFFDc');
    expect(cut(turning, 3)).toBe('a\uFFFD\u202E…');
    expect(enclosed('a\u2029b\u0085c\u001Cd\u001De\u001Ef\rg')).toBe('a\uFFFDb\uFFFDc\uFFFDd\uFFFDe\uFFFDf\uFFFDg');
  });
  it('keeps its lines and its columns', () => {
    expect(enclosed('a\r\n\tb\nc')).toBe('a\r\n\tb\nc');
  });
});
