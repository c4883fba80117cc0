import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

/** Stands in for the browser's, which is not in Node. */
class Source extends EventTarget {
  static readonly CLOSED = 2;
  static opened: Source[] = [];
  readyState = 1;
  constructor(readonly path: string) {
    super();
    Source.opened.push(this);
  }
  close() {
    this.readyState = Source.CLOSED;
  }
  tell(number: number) {
    this.dispatchEvent(Object.assign(new Event('changed'), { data: JSON.stringify({ number }) }));
  }
}

let tab: EventTarget & { hidden: boolean };
let changes: typeof import('./changes');
const newest = () => Source.opened.at(-1)!;
const turn = (hidden: boolean) => {
  tab.hidden = hidden;
  tab.dispatchEvent(new Event('visibilitychange'));
};

beforeEach(async () => {
  vi.useFakeTimers();
  tab = Object.assign(new EventTarget(), { hidden: false });
  vi.stubGlobal('EventSource', Source);
  vi.stubGlobal('document', tab);
  vi.resetModules();
  Source.opened = [];
  changes = await import('./changes');
  changes.beginChanges();
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe('news', () => {
  it('is told once a second at most', () => {
    newest().tell(1);
    newest().tell(2);
    newest().tell(3);
    expect(changes.liveNow().number).toBe(0);
    vi.advanceTimersByTime(1000);
    expect(changes.liveNow().number).toBe(3);
  });
  it('waits while the page is paused, and is there when it goes on', () => {
    changes.pause(true);
    newest().tell(5);
    vi.advanceTimersByTime(5000);
    expect(changes.liveNow()).toMatchObject({ number: 0, paused: true, waiting: true });
    changes.pause(false);
    expect(changes.liveNow()).toMatchObject({ number: 5, paused: false, waiting: false });
  });
  it('that came just before the pause waits too', () => {
    newest().tell(5);
    changes.pause(true);
    vi.advanceTimersByTime(5000);
    expect(changes.liveNow()).toMatchObject({ number: 0, waiting: true });
    changes.pause(false);
    expect(changes.liveNow().number).toBe(5);
  });
  it('is asked for again whether there is any or not', () => {
    newest().tell(5);
    vi.advanceTimersByTime(1000);
    changes.askAgain();
    const asked = changes.liveNow().number;
    expect(asked).not.toBe(5);
    newest().tell(6);
    vi.advanceTimersByTime(1000);
    expect(changes.liveNow().number).toBe(6);
  });
});

describe('the connection', () => {
  it('is given up while the tab is hidden', () => {
    turn(true);
    expect(newest().readyState).toBe(Source.CLOSED);
    turn(false);
    expect(Source.opened).toHaveLength(2);
    expect(newest().readyState).toBe(1);
  });
  it('is tried again when the viewer turns it away', () => {
    newest().close();
    newest().dispatchEvent(new Event('error'));
    expect(changes.liveNow().connected).toBe(false);
    vi.advanceTimersByTime(5000);
    expect(Source.opened).toHaveLength(2);
    newest().dispatchEvent(new Event('open'));
    expect(changes.liveNow().connected).toBe(true);
  });
});
