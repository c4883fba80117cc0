// What of a trace is looked at: all of it is in the address bar, so that it can be shared and gone back to.

export const TABS = ['waterfall', 'table', 'statistics', 'flame'] as const;
export type Tab = (typeof TABS)[number];

export interface View {
  tab: Tab;
  /** The name of the span that is selected, as `span-names.ts` gives them; empty for none. */
  span: string;
  /** The name of the span whose branch alone is shown; empty for all. */
  root: string;
  /** Spans at this depth and deeper are folded; null for none. */
  depth: number | null;
  /** The part of time that is shown, as `zoom.rangeText` writes it. */
  range: string;
  onlyErrors: boolean;
  /** What is looked for. */
  find: string;
}

/** Deeper than any trace that the API tells. */
const DEPTH_MAX = 50_000;

export function viewFrom(query: URLSearchParams): View {
  const tab = query.get('tab');
  const depth = query.get('depth');
  return {
    tab: TABS.find((known) => known === tab) ?? 'waterfall',
    span: idFrom(query.get('span')),
    root: idFrom(query.get('root')),
    depth: depth !== null && /^\d{1,5}$/.test(depth) ? Math.min(Number(depth), DEPTH_MAX) : null,
    range: query.get('zoom') ?? '',
    onlyErrors: query.get('errors') === '1',
    find: (query.get('find') ?? '').slice(0, 200),
  };
}

function idFrom(text: string | null): string {
  return text !== null && /^[0-9a-f]{16}(\.\d{1,5})?$/i.test(text) ? text.toLowerCase() : '';
}

/** By the names in the address bar. What is as usual is empty and so needs no mention there. */
export function queryOf(view: Partial<View>): Record<string, string> {
  const query: Record<string, string> = {};
  if (view.tab !== undefined) query['tab'] = view.tab === 'waterfall' ? '' : view.tab;
  if (view.span !== undefined) query['span'] = view.span;
  if (view.root !== undefined) query['root'] = view.root;
  if (view.depth !== undefined) query['depth'] = view.depth === null ? '' : String(view.depth);
  if (view.range !== undefined) query['zoom'] = view.range;
  if (view.onlyErrors !== undefined) query['errors'] = view.onlyErrors ? '1' : '';
  if (view.find !== undefined) query['find'] = view.find;
  return query;
}
