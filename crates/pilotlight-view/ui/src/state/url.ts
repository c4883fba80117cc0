// The address is the page's state: whoever gets the link sees the same.
import { useCallback, useEffect, useMemo, useState } from 'preact/hooks';

export interface Address {
  readonly path: string;
  readonly query: URLSearchParams;
}

/** Whether the back button undoes a change: `push` for what a person chose, `replace` for what merely followed. */
export type How = 'push' | 'replace';

/** What a change of the query does: a text sets, an empty one or `undefined` removes. */
export type QueryChange = Readonly<Record<string, string | number | boolean | undefined>>;

const watchers = new Set<() => void>();

function tell(): void {
  for (const watcher of [...watchers]) watcher();
}

export function here(): Address {
  return { path: location.pathname, query: new URLSearchParams(location.search) };
}

/** Goes to a path of this page with its query. Anything that is not one of our own paths is refused. */
export function go(to: string, how: How = 'push'): void {
  if (!isOwnPath(to)) return;
  if (to === location.pathname + location.search) return;
  if (how === 'push') history.pushState(null, '', to);
  else history.replaceState(null, '', to);
  tell();
}

/** `/…` and not `//elsewhere`: what a received text may at most lead to. */
export function isOwnPath(to: string): boolean {
  return to.startsWith('/') && !to.startsWith('//') && !to.startsWith('/\\');
}

/** The same page with another query. */
export function changeQuery(change: QueryChange, how: How = 'push'): void {
  go(location.pathname + withQuery(location.search, change), how);
}

/** A query string with a change made to it; begins with `?` unless it is empty. */
export function withQuery(search: string, change: QueryChange): string {
  const query = new URLSearchParams(search);
  for (const [key, value] of Object.entries(change)) {
    if (value === undefined || value === '' || value === false) query.delete(key);
    else query.set(key, value === true ? '1' : String(value));
  }
  const text = query.toString();
  return text === '' ? '' : `?${text}`;
}

/** A path with a query, for links: `link('/traces', { filter: 'service=shop' })`. */
export function link(path: string, query: QueryChange = {}): string {
  return path + withQuery('', query);
}

/** The address, and a new rendering whenever it changes. */
export function useAddress(): Address {
  const [search, setSearch] = useState(location.pathname + location.search);
  useEffect(() => {
    const look = () => setSearch(location.pathname + location.search);
    watchers.add(look);
    addEventListener('popstate', look);
    look();
    return () => {
      watchers.delete(look);
      removeEventListener('popstate', look);
    };
  }, []);
  return useMemo(here, [search]);
}

/** One word of the query as state; `fallback` stands for its absence, and setting it removes it from the address. */
export function useUrlState(key: string, fallback = ''): [string, (value: string | undefined, how?: How) => void] {
  const { query } = useAddress();
  const set = useCallback(
    (value: string | undefined, how: How = 'push') =>
      changeQuery({ [key]: value === fallback ? undefined : value }, how),
    [key, fallback],
  );
  return [query.get(key) ?? fallback, set];
}

/** A number of the query; `undefined` when it is missing or none. */
export function numberOf(query: URLSearchParams, key: string): number | undefined {
  const text = query.get(key);
  if (text === null || text.trim() === '') return undefined;
  const number = Number(text);
  return Number.isFinite(number) ? number : undefined;
}

/** Makes plain links within the page change the address without loading it again. Returns how to stop. */
export function followLinks(): () => void {
  const click = (event: MouseEvent) => {
    if (event.defaultPrevented || event.button !== 0) return;
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    const anchor = event.target instanceof Element ? event.target.closest('a[href]') : null;
    if (!(anchor instanceof HTMLAnchorElement) || anchor.target !== '' || anchor.hasAttribute('download')) return;
    const to = anchor.getAttribute('href') ?? '';
    if (!isOwnPath(to) || to.startsWith('/api/')) return;
    event.preventDefault();
    go(to);
  };
  document.addEventListener('click', click);
  return () => document.removeEventListener('click', click);
}
