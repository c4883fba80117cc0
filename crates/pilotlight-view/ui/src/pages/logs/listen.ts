// Hears of log records as they come.

import type { LogRow } from './types';

/** Records are handed on this often at most, milliseconds: a flood is one list five times a second, not thousands. */
const STEP = 200;

/** `lost` connects again by itself; `refused` does not: the filter cannot be read, or too many pages listen. */
export type Connection = 'there' | 'lost' | 'refused';

export interface Listener {
  /** Records came: the oldest first. */
  came: (rows: LogRow[], missed: number) => void;
  /** A connection is there, the first or another one. What came before it has to be asked for. */
  opened: () => void;
  lost: (how: Connection) => void;
}

/**
 * Listens while the tab can be seen, as the page's other listener does (state/changes.ts): a browser has six connections to a viewer in
 * all. Returns how to stop.
 */
export function listen(address: string, listener: Listener): () => void {
  let source: EventSource | undefined;
  let rows: LogRow[] = [];
  let lost = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const hand = () => {
    timer = undefined;
    listener.came(rows, lost);
    rows = [];
    lost = 0;
  };
  const soon = () => (timer ??= setTimeout(hand, STEP));
  const open = () => {
    source?.close();
    source = undefined;
    if (document.hidden) return;
    const begun = new EventSource(address);
    source = begun;
    begun.addEventListener('logs', (event) => {
      rows = rows.concat(parsed<LogRow[]>(event.data) ?? []);
      soon();
    });
    begun.addEventListener('missed', (event) => {
      lost += parsed<{ count: number }>(event.data)?.count ?? 0;
      soon();
    });
    begun.addEventListener('open', () => {
      // Of the connection before, and asked for with all the others.
      rows = [];
      lost = 0;
      listener.opened();
    });
    begun.addEventListener('error', () => listener.lost(begun.readyState === EventSource.CLOSED ? 'refused' : 'lost'));
  };
  document.addEventListener('visibilitychange', open);
  open();
  return () => {
    document.removeEventListener('visibilitychange', open);
    source?.close();
    clearTimeout(timer);
  };
}

/** Nothing for what is no JSON: a broken line is the connection's trouble and not the reader's. */
function parsed<T>(data: unknown): T | undefined {
  try {
    return JSON.parse(String(data)) as T;
  } catch {
    return undefined;
  }
}
