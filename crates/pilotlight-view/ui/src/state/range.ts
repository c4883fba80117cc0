// The stretch of time that a page looks at: the last minutes, everything, or what was zoomed into. In the address as
// `range=15m`, or as `from` and `to` in milliseconds since 1970.
import { useEffect, useMemo, useState } from 'preact/hooks';
import { useLive } from './changes';
import { type QueryChange, changeQuery, numberOf, useAddress } from './url';

export const ranges = {
  '5m': { label: 'Last 5 minutes', ms: 5 * 60_000 },
  '15m': { label: 'Last 15 minutes', ms: 15 * 60_000 },
  '1h': { label: 'Last hour', ms: 60 * 60_000 },
  '24h': { label: 'Last 24 hours', ms: 24 * 60 * 60_000 },
  all: { label: 'Everything', ms: undefined },
} as const;

export type RangeName = keyof typeof ranges;

export interface TimeRange {
  /** To be spread into a question. */
  readonly question: { readonly from_ms?: number; readonly to_ms?: number };
  /** What was chosen; still there while zoomed in, to go back to. */
  readonly name: RangeName;
  /** A stretch was zoomed into: it does not move on. */
  readonly zoomed: boolean;
  /** What the reader chose, as a text: another one only after another choice, while `question` moves on. */
  readonly chosen: string;
}

/** What of the address is carried along when the page changes. */
export const rangeKeys = ['range', 'from', 'to'] as const;

/** The range in the address. One that ends now moves on, in steps of a sixtieth of it, unless the page is paused. */
export function useTimeRange(): TimeRange {
  const { query } = useAddress();
  const { paused } = useLive();
  const name = rangeNamed(query.get('range'));
  const from = numberOf(query, 'from');
  const to = numberOf(query, 'to');
  const zoomed = from !== undefined || to !== undefined;
  const start = useMovingStart(zoomed ? undefined : ranges[name].ms, paused);
  return useMemo(() => rangeOf(name, from, to, start), [from, to, name, start]);
}

/** What is looked at: from `from` to `to` where one of them is given, otherwise from `start` on. */
export function rangeOf(name: RangeName, from: number | undefined, to: number | undefined, start: number | undefined): TimeRange {
  const zoomed = from !== undefined || to !== undefined;
  const question = zoomed ? { from_ms: from, to_ms: to } : start === undefined ? {} : { from_ms: start };
  return { question, name, zoomed, chosen: zoomed ? `${from} to ${to}` : name };
}

function useMovingStart(length: number | undefined, paused: boolean): number | undefined {
  const [now, setNow] = useState(Date.now);
  const step = length === undefined ? undefined : Math.max(length / 60, 5000);
  useEffect(() => {
    if (step === undefined || paused) return;
    setNow(Date.now());
    const timer = setInterval(() => setNow(Date.now()), step);
    return () => clearInterval(timer);
  }, [step, paused]);
  return length === undefined || step === undefined ? undefined : startOf(now, length, step);
}

/** Where a range of a length begins when it ends now: on a whole step, so that the same question is asked meanwhile. */
export function startOf(now: number, length: number, step: number): number {
  return Math.floor((now - length) / step) * step;
}

export function rangeNamed(text: string | null): RangeName {
  return text !== null && Object.hasOwn(ranges, text) ? (text as RangeName) : 'all';
}

export function chooseRange(name: RangeName): void {
  changeQuery({ range: name === 'all' ? undefined : name, from: undefined, to: undefined });
}

/** Zooms into a stretch, with whatever else the same gesture chose; back leads out again. */
export function zoomTo(fromMs: number, toMs: number, also: QueryChange = {}): void {
  const [from, to] = fromMs <= toMs ? [fromMs, toMs] : [toMs, fromMs];
  changeQuery({ from: Math.floor(from), to: Math.ceil(to), ...also });
}

export function zoomOut(): void {
  changeQuery({ from: undefined, to: undefined });
}
