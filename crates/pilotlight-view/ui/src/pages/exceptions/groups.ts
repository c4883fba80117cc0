// Groups of exceptions: finding one again, and what can be filtered by.

import { hashOf } from '../../charts/colours';
import { wordFor } from '../../parts/filter';
import type { ExceptionGroup } from './types';

/**
 * What the address names each group by. Messages are long, and a group's is that of its newest exception: what may differ within a
 * group is not part of its name. Groups that this makes alike are numbered, as they come.
 */
export function namesOf(groups: readonly ExceptionGroup[]): Map<ExceptionGroup, string> {
  const names = new Map<ExceptionGroup, string>();
  const taken = new Map<string, number>();
  for (const group of groups) {
    const name = hashOf(`${group.kind}\n${steady(group.message)}`).toString(36);
    const before = taken.get(name) ?? 0;
    taken.set(name, before + 1);
    names.set(group, before === 0 ? name : `${name}-${before + 1}`);
  }
  return names;
}

/** A message without what differs within a group: numbers, ids and quoted words. */
export function steady(message: string): string {
  return message
    .slice(0, 500)
    .replace(/"[^"]*"|'[^']*'|`[^`]*`/g, '?')
    .replace(/\b(?:0x[0-9a-f]+|[0-9a-f]*\d[0-9a-f-]*)\b/gi, '?');
}

/** The words that leave only the spans of a group. */
export function filterOf(group: ExceptionGroup): string | undefined {
  return group.kind === '' ? undefined : wordFor('exception.type', '=', group.kind);
}
