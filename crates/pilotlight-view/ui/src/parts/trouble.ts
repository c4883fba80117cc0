// What a reader has to know on every page: what senders lost, what was refused, what was let go of.
import type { Schema } from '../api/client';
import { counted, cut, number } from './formats';

export interface Trouble {
  /** The same for the same trouble, for dismissing it. */
  readonly key: string;
  readonly kind: 'error' | 'warning' | 'note';
  readonly text: string;
  /** How much: a dismissed trouble comes back when it has doubled. */
  readonly count: number;
  /** Where there is more about it. */
  readonly link: string;
  readonly linkText: string;
}

type IncidentKind = Schema<'IncidentKind'>;

/** What each kind of incident is called. */
export const incidentWords: Readonly<Record<IncidentKind, string>> = {
  'wrong-port': 'taken on the other protocol’s port',
  'unknown-path': 'a path that OTLP does not have',
  'content-type': 'a content type that OTLP does not have',
  'content-encoding': 'an unknown compression',
  method: 'a method other than POST',
  malformed: 'could not be decoded',
  'too-large': 'over the size limit',
  bomb: 'over the size limit once unpacked',
  partial: 'refused in part',
  busy: 'asked to come again: the viewer was busy',
  tls: 'TLS on a port without it',
  unreadable: 'neither HTTP nor TLS',
  origin: 'a page of another origin',
  host: 'another host name',
  token: 'token missing or wrong',
};

export function troubles(state: Schema<'State'> | undefined, losses: Schema<'LossList'> | undefined): Trouble[] {
  const own = state ? [stuck(state), damaged(state), refused(state), otherwiseRefused(state), dropped(state)].filter((one) => one !== undefined) : [];
  return [...own, ...lossTroubles(losses)].sort((a, b) => order[a.kind] - order[b.kind]);
}

const order = { error: 0, warning: 1, note: 2 } as const;

/** Losses in full up to here, the rest in one line. */
const lossesInFull = 2;

function lossTroubles(list: Schema<'LossList'> | undefined): Trouble[] {
  if (!list) return [];
  const { losses, left_out, lost } = list;
  const told = losses.slice(0, lossesInFull).map((loss): Trouble => ({
    key: `loss ${loss.service} ${loss.what} ${loss.reason} ${loss.component}`,
    kind: 'warning',
    text: `${loss.service === '' ? 'A service' : apart(loss.service)} lost ${number(loss.count)} ${loss.what} (${apart(loss.reason)}).`,
    count: loss.count,
    link: '/findings',
    linkText: 'What to do',
  }));
  const rest = losses.length - told.length + left_out;
  if (rest > 0) {
    const count = told.reduce((left, one) => left - one.count, lost);
    told.push({
      key: 'more losses',
      kind: 'warning',
      text: `${counted(rest, 'more loss', 'more losses')}, ${counted(count, 'item')} in all.`,
      count,
      link: '/findings',
      linkText: 'All losses',
    });
  }
  return told;
}

/** A sender's word within a sentence: an isolate of its own, so that it does not turn the sentence around. */
function apart(word: string): string {
  return `\u2068${cut(word, 150)}\u2069`;
}

function stuck({ trouble }: Schema<'State'>): Trouble | undefined {
  if (trouble == null) return undefined;
  const text = `The viewer takes nothing more at the moment: ${cut(trouble)}`;
  return { key: text, kind: 'error', text, count: 1, link: '/viewer', linkText: 'Viewer' };
}

function damaged({ held }: Schema<'State'>): Trouble | undefined {
  const count = held.unreadable_requests;
  if (count === 0) return undefined;
  const text = `${counted(count, 'request')} in the file could not be read again: it is damaged. What is in them is not shown.`;
  return { key: 'damaged', kind: 'warning', text, count, link: '/viewer', linkText: 'Viewer' };
}

function refused(state: Schema<'State'>): Trouble | undefined {
  const kinds = (Object.entries(state.incidents) as [IncidentKind, number][]).filter(([kind, count]) => kind !== 'wrong-port' && count > 0);
  if (kinds.length === 0) return undefined;
  const count = kinds.reduce((sum, [, count]) => sum + count, 0);
  const words = kinds.map(([kind, count]) => `${incidentWords[kind] ?? kind} (${number(count)})`).join(', ');
  const text = `${counted(count, 'request')} refused since the start: ${words}.`;
  return { key: 'refused', kind: 'warning', text, count, link: '/viewer', linkText: 'What was refused' };
}

/** What works here and nowhere else: a collector's ports speak one protocol each. */
function otherwiseRefused({ incidents }: Schema<'State'>): Trouble | undefined {
  const count = incidents['wrong-port'] ?? 0;
  if (count === 0) return undefined;
  const text = `${counted(count, 'request')} came to the other protocol’s port. They were taken here; a collector would have refused them (4317 speaks gRPC, 4318 HTTP).`;
  return { key: 'wrong port', kind: 'note', text, count, link: '/viewer', linkText: 'Which' };
}

function dropped(state: Schema<'State'>): Trouble | undefined {
  const { spans, logs, points, series } = state.dropped;
  const parts = [
    spans > 0 && counted(spans, 'span'),
    logs > 0 && counted(logs, 'log record'),
    points > 0 && counted(points, 'data point'),
    series > 0 && `${counted(series, 'series', 'series')} that were too many`,
  ].filter(Boolean);
  if (parts.length === 0) return undefined;
  return {
    key: 'dropped',
    kind: 'note',
    text: `Let go of since the start, because of the viewer’s bounds: ${parts.join(', ')}.`,
    count: spans + logs + points + series,
    link: '/viewer',
    linkText: 'Bounds',
  };
}

/** Whether a trouble is to be shown to someone who dismissed it at these counts. */
export function isNews(trouble: Trouble, dismissed: ReadonlyMap<string, number>): boolean {
  const count = dismissed.get(trouble.key);
  return count === undefined || trouble.count >= 2 * count;
}
