import { describe, expect, it } from 'vitest';
import type { Schema } from '../api/client';
import { isNews, troubles } from './trouble';

const loss = { service: 'gateway', instance: null, what: 'spans', count: 10, reason: 'queue_full', component: 'p/0', metric: 'm', advice: 'Raise it.' };
const dropped = { spans: 0, logs: 0, points: 0, partitions: 0, series: 0, news: 0 };
const held = { unreadable_requests: 0 } as Schema<'Held'>;
const state = (change: Partial<Schema<'State'>>) => ({ incidents: {}, dropped, held, ...change }) as Schema<'State'>;

describe('the banner', () => {
  it('says nothing when nothing is wrong or known', () => {
    expect(troubles(undefined, undefined)).toEqual([]);
    expect(troubles(state({}), { losses: [], left_out: 0, lost: 0, services_that_tell: ['gateway'] })).toEqual([]);
  });
  it('tells two losses in full and the others in a line', () => {
    const told = troubles(undefined, { losses: [1, 2, 3, 4].map((n) => ({ ...loss, service: `s${n}` })), left_out: 3, lost: 46, services_that_tell: [] });
    expect(told.map((one) => one.text)).toEqual([
      '\u2068s1\u2069 lost 10 spans (\u2068queue_full\u2069).',
      '\u2068s2\u2069 lost 10 spans (\u2068queue_full\u2069).',
      '5 more losses, 26 items in all.',
    ]);
  });
  it('is not turned around by the name of a service', () => {
    const [told] = troubles(undefined, { losses: [{ ...loss, service: 'shop\u2069\u202E' }], left_out: 0, lost: 10, services_that_tell: [] });
    expect(told?.text).toBe('\u2068shop\uFFFD\u202E\u2069 lost 10 spans (\u2068queue_full\u2069).');
  });
  it('tells what was refused, and aside what a collector would have refused', () => {
    const told = troubles(state({ incidents: { 'wrong-port': 5, malformed: 2, tls: 1 } }), undefined);
    expect(told[0]?.text).toBe('3 requests refused since the start: could not be decoded (2), TLS on a port without it (1).');
    expect(told.slice(1).map((one) => [one.kind, one.count])).toEqual([['note', 5]]);
  });
  it('says first that nothing more is taken', () => {
    const told = troubles(state({ incidents: { tls: 1 }, trouble: 'the disk is full' }), { losses: [loss], left_out: 0, lost: 10, services_that_tell: [] });
    expect(told.map((one) => one.kind)).toEqual(['error', 'warning', 'warning']);
    expect(told[0]?.text).toContain('the disk is full');
  });
  it('tells of a damaged file', () => {
    expect(troubles(state({ held: { ...held, unreadable_requests: 2 } }), undefined)[0]?.text).toContain('2 requests in the file');
  });
  it('tells what was let go of', () => {
    const told = troubles(state({ dropped: { ...dropped, spans: 1, logs: 2000 } }), undefined);
    expect(told[0]?.text).toContain('1 span, 2,000 log records');
  });
  it('is silent on what was dismissed until it has doubled', () => {
    const [one] = troubles(undefined, { losses: [loss], left_out: 0, lost: 10, services_that_tell: [] });
    expect(isNews(one!, new Map())).toBe(true);
    expect(isNews(one!, new Map([[one!.key, 10]]))).toBe(false);
    expect(isNews({ ...one!, count: 20 }, new Map([[one!.key, 10]]))).toBe(true);
  });
});
