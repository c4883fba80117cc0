// News from the viewer: a number that rises when something came, so that pages ask again only then.
import { useEffect, useState } from 'preact/hooks';

export interface Live {
  /** Rises with news; stands still while paused. */
  readonly number: number;
  /** The reader does not want the page to move. */
  readonly paused: boolean;
  /** Something came that the page does not show yet, because it is paused. */
  readonly waiting: boolean;
  /** The viewer can be reached. */
  readonly connected: boolean;
}

/** Pages ask again at most this often, in milliseconds: several questions a page, on a machine that is busy with other things. */
const stepMs = 1000;

let live: Live = { number: 0, paused: false, waiting: false, connected: true };
let newest = 0;
let timer: ReturnType<typeof setTimeout> | undefined;
let retry: ReturnType<typeof setTimeout> | undefined;
let source: EventSource | undefined;
const watchers = new Set<() => void>();

function set(change: Partial<Live>): void {
  live = { ...live, ...change };
  for (const watcher of [...watchers]) watcher();
}

/** How long until another try when the viewer has turned us away, in milliseconds; a broken connection the browser mends by itself. */
const againMs = 5000;

/** Begins to listen; once, at the start. */
export function beginChanges(): void {
  document.addEventListener('visibilitychange', listen);
  listen();
}

/**
 * Listens while the tab can be seen. A browser has six connections to a viewer in all, and each listener holds one: hidden tabs
 * would starve the one that is looked at. The first news after listening again says what was missed.
 */
function listen(): void {
  clearTimeout(retry);
  source?.close();
  source = undefined;
  if (document.hidden) return;
  const opened = new EventSource('/api/changes');
  source = opened;
  opened.addEventListener('changed', (event) => arrived(numberIn(event.data)));
  opened.addEventListener('open', () => set({ connected: true }));
  opened.addEventListener('error', () => {
    set({ connected: false });
    if (opened.readyState === EventSource.CLOSED) retry = setTimeout(listen, againMs);
  });
}

function arrived(number: number): void {
  newest = number;
  if (live.paused) {
    if (number !== live.number && !live.waiting) set({ waiting: true });
    return;
  }
  if (timer !== undefined || newest === live.number) return;
  timer = setTimeout(() => {
    timer = undefined;
    if (!live.paused && newest !== live.number) set({ number: newest });
  }, stepMs);
}

function numberIn(data: unknown): number {
  try {
    const parsed: unknown = JSON.parse(String(data));
    const number = (parsed as { number?: unknown } | null)?.number;
    // Without a number it is still news.
    return typeof number === 'number' ? number : newest + 1;
  } catch {
    return newest + 1;
  }
}

/** Holds the page still, or lets it go on with what came meanwhile. */
export function pause(paused: boolean): void {
  set({ paused, waiting: paused && newest !== live.number, number: paused ? live.number : newest });
}

/** Asks for everything again, whether there is news or not: after an import, or when the reader wants it. */
export function askAgain(): void {
  // Between two of the viewer's own numbers, so that the next one is news again.
  newest += 0.5;
  set({ number: newest, waiting: false });
}

/** What is known now. */
export function liveNow(): Live {
  return live;
}

export function useLive(): Live {
  const [value, setValue] = useState(live);
  useEffect(() => {
    const look = () => setValue(live);
    watchers.add(look);
    look();
    return () => void watchers.delete(look);
  }, []);
  return value;
}
