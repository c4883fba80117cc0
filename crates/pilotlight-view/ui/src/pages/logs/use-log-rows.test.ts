import { h, render } from 'preact';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { rangeOf } from '../../state/range';
import type { LogRow } from './types';
import { type LogRows, useLogRows } from './use-log-rows';

/** Stands in for the browser's, which is not in Node. */
class Source extends EventTarget {
  static readonly CLOSED = 2;
  static newest: Source;
  readyState = 1;
  constructor() {
    super();
    Source.newest = this;
  }
  close() {}
  tell(event: 'open' | 'logs', data?: unknown) {
    this.dispatchEvent(Object.assign(new Event(event), { data: JSON.stringify(data) }));
  }
}

const row = (n: number) => ({ id: `${n}`, time: `${1763880000000000000n + BigInt(n) * 1_000_000n}` }) as LogRow;
const rows = (from: number, count: number) => Array.from({ length: count }, (_, n) => row(from + n));
const place = { childNodes: [], firstChild: null, insertBefore() {} } as unknown as Element;
const asking = { filter: '', severity: 0, log: '' };
const range = rangeOf('all', undefined, undefined, undefined);

let asked: string[];
let list: LogRows;
let inFile: LogRow[];

function Rows({ held }: { held: boolean }) {
  list = useLogRows(asking, range, held);
  return null;
}

/** Shows the list, and waits until all that comes of it came. */
async function show(held: boolean) {
  render(h(Rows, { held }), place);
  await vi.advanceTimersByTimeAsync(1000);
}

async function tell(event: 'open' | 'logs', data?: unknown) {
  Source.newest.tell(event, data);
  await vi.advanceTimersByTimeAsync(1000);
}

beforeEach(async () => {
  vi.useFakeTimers();
  vi.stubGlobal('EventSource', Source);
  vi.stubGlobal('document', Object.assign(new EventTarget(), { hidden: false }));
  asked = [];
  vi.stubGlobal('fetch', async (address: string) => {
    const query = new URL(address, 'http://localhost').searchParams;
    asked.push(query.toString());
    const to = Number(query.get('to_ms') ?? Infinity);
    const logs = inFile.filter(({ time }) => Number(time) / 1e6 < to).reverse();
    return Response.json({ logs: logs.slice(0, Number(query.get('limit'))), matched: logs.length, buckets: [], complete: true });
  });
  inFile = rows(0, 500);
  await show(false);
  await tell('open');
  asked = [];
});

afterEach(() => {
  render(null, place);
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

it('asks for nothing when it is held and let go', async () => {
  await show(true);
  await tell('logs', rows(500, 5));
  expect(list.rows).toHaveLength(200);
  await show(false);
  expect(asked).toEqual([]);
  expect(list.rows.map(({ id }) => id).slice(0, 6)).toEqual(['504', '503', '502', '501', '500', '499']);
});

it('asks for more of what is held when the reader goes on down', async () => {
  await show(true);
  inFile = rows(0, 600);
  list.onEnd();
  await vi.advanceTimersByTimeAsync(1000);
  expect(asked).toEqual(['to_ms=1763880000500&limit=400']);
  expect(list.rows).toHaveLength(400);
  expect(list.rows[0]!.id).toBe('499');
});

it('keeps its rows with another connection while it is held, also those that the API does not give again', async () => {
  await tell('logs', rows(500, 1100));
  await show(true);
  const before = list.rows;
  expect(before).toHaveLength(1300);
  inFile = rows(0, 1600);
  await tell('open');
  expect(list.rows).toBe(before);
  expect(list.atEnd).toBe(true);
  await show(false);
  expect(list.rows.map(({ id }) => id)).toEqual(rows(1400, 200).map(({ id }) => id).reverse());
});
