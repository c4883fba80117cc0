import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { listen } from './listen';
import type { LogRow } from './types';

/** Stands in for the browser's, which is not in Node. */
class Source extends EventTarget {
  static readonly CLOSED = 2;
  static begun: Source[] = [];
  readyState = 1;
  constructor(readonly address: string) {
    super();
    Source.begun.push(this);
  }
  close() {
    this.readyState = Source.CLOSED;
  }
  tell(event: 'open' | 'logs' | 'missed', data?: unknown) {
    this.dispatchEvent(Object.assign(new Event(event), { data: JSON.stringify(data) }));
  }
}

let tab: EventTarget & { hidden: boolean };
let heard: string[];
const newest = () => Source.begun.at(-1)!;
const turn = (hidden: boolean) => {
  tab.hidden = hidden;
  tab.dispatchEvent(new Event('visibilitychange'));
};
const begin = () =>
  listen('/api/tail', {
    came: (rows: LogRow[], missed) => heard.push(`${rows.map(({ id }) => id).join()} and ${missed} missed`),
    opened: () => heard.push('opened'),
    lost: (how) => heard.push(how),
  });

beforeEach(() => {
  vi.useFakeTimers();
  tab = Object.assign(new EventTarget(), { hidden: false });
  vi.stubGlobal('EventSource', Source);
  vi.stubGlobal('document', tab);
  Source.begun = [];
  heard = [];
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

it('hands on together what comes within a moment', () => {
  begin();
  newest().tell('logs', [{ id: 'a' }]);
  newest().tell('missed', { count: 3 });
  newest().tell('logs', [{ id: 'b' }]);
  vi.runAllTimers();
  expect(heard).toEqual(['a,b and 3 missed']);
});

it('tells of every connection, also of the first one of a tab that began in the background', () => {
  tab.hidden = true;
  begin();
  expect(Source.begun).toHaveLength(0);
  turn(false);
  newest().tell('open');
  turn(true);
  turn(false);
  newest().tell('open');
  expect(heard).toEqual(['opened', 'opened']);
});

it('lets go of what another viewer than the one behind the new connection may have pushed', () => {
  begin();
  newest().tell('logs', [{ id: 'a' }]);
  newest().tell('open');
  newest().tell('logs', [{ id: 'b' }]);
  vi.runAllTimers();
  expect(heard).toEqual(['opened', 'b and 0 missed']);
});
