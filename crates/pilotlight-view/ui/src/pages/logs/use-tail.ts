// Listens to log records as they come.

import { useEffect, useRef, useState } from 'preact/hooks';
import { addressOf } from '../../api/client';
import { EMPTY_TAIL, missed, paused, pushed, resumed, type Tail } from './tail';
import type { LogRow } from './types';

/** The list is drawn again this often at most, milliseconds: a flood is one list five times a second, not thousands. */
const STEP = 200;

export type Connection = 'there' | 'lost' | 'refused';

export interface Tailing {
  tail: Tail;
  /** `lost` connects again by itself; `refused` does not: the filter cannot be read, or too many pages listen. */
  connection: Connection;
  /** Rises whenever the connection was lost and is there again: what came in between has to be asked for. */
  reconnected: number;
}

/** `question` of `undefined` listens to nothing. While `held`, records wait. */
export function useTail(question: { filter?: string; severity_min?: number } | undefined, held: boolean): Tailing {
  const [tail, setTail] = useState(EMPTY_TAIL);
  const [connection, setConnection] = useState<Connection>('there');
  const [reconnected, setReconnected] = useState(0);
  const address = question === undefined ? undefined : addressOf('/api/tail', question);
  const holding = useRef(held);
  holding.current = held;
  useEffect(() => setTail((before) => (held ? paused(before) : before.paused ? resumed(before) : before)), [held]);
  useEffect(() => {
    setTail(holding.current ? paused(EMPTY_TAIL) : EMPTY_TAIL);
    setConnection('there');
    if (address === undefined) return;
    return listen(address, {
      came: (rows, lost) => setTail((before) => missed(pushed(before, rows), lost)),
      lost: setConnection,
      back: (again) => {
        setConnection('there');
        if (again) setReconnected((count) => count + 1);
      },
    });
  }, [address]);
  return { tail, connection, reconnected };
}

interface Listener {
  came: (rows: LogRow[], missed: number) => void;
  lost: (how: Connection) => void;
  back: (again: boolean) => void;
}

/**
 * Listens while the tab can be seen, as the page's other listener does (state/changes.ts): a browser has six connections to a viewer in
 * all. What came while the tab was hidden is asked for like what came while the connection was lost. Returns how to stop.
 */
function listen(address: string, listener: Listener): () => void {
  let source: EventSource | undefined;
  let rows: LogRow[] = [];
  let lost = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let opened = false;
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
      listener.back(opened);
      opened = true;
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
