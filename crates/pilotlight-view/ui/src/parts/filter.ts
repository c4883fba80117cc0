// The filter's language, as far as the page has to know it: words with their places, what can be typed next, and how words are
// written. The viewer itself decides what a filter means (`query/question.rs`).

export const operators = ['=', '!=', '~', '!~', '>=', '<=', '>', '<', '?'] as const;
export type Operator = (typeof operators)[number];

/** What each operator says, for whoever chooses one. */
export const operatorWords: Readonly<Record<Operator, string>> = {
  '=': 'is',
  '!=': 'is not, or is missing',
  '~': 'contains',
  '!~': 'does not contain',
  '>=': 'at least, as a number',
  '<=': 'at most, as a number',
  '>': 'more than, as a number',
  '<': 'less than, as a number',
  '?': 'exists',
};

export interface Word {
  /** Where it is in the filter, in characters of JavaScript. */
  readonly start: number;
  readonly end: number;
  readonly text: string;
  /** What is compared; missing when the word is only searched for. */
  readonly key?: string;
  readonly operator?: Operator;
  /** Without its quotes. */
  readonly value?: string;
  /** Where the value begins, in the filter. */
  readonly valueStart?: number;
}

/** The words of a filter. A quote that is never closed lasts until the end. */
export function wordsOf(filter: string): Word[] {
  const words: Word[] = [];
  let at = 0;
  while (at < filter.length) {
    if (isSpace(filter.charAt(at))) {
      at++;
      continue;
    }
    const end = endOfWord(filter, at);
    words.push(wordAt(filter, at, end));
    at = end;
  }
  return words;
}

function endOfWord(filter: string, start: number): number {
  let quoted = false;
  let at = start;
  for (; at < filter.length; at++) {
    const character = filter.charAt(at);
    if (quoted && character === '\\') at++;
    else if (character === '"') quoted = !quoted;
    else if (!quoted && isSpace(character)) break;
  }
  return Math.min(at, filter.length);
}

function wordAt(filter: string, start: number, end: number): Word {
  const text = filter.slice(start, end);
  const plain = { start, end, text };
  if (text.startsWith('"')) return plain;
  const found = /!=|!~|>=|<=|[=~><]/.exec(text.slice(1));
  if (!found) {
    return text.endsWith('?') && text.length > 1 ? { ...plain, key: text.replace(/^!/, '').slice(0, -1), operator: '?' } : plain;
  }
  // A quote before the operator is free text that happens to hold one.
  const keyEnd = found.index + 1;
  const key = text.slice(0, keyEnd);
  if (key.includes('"')) return plain;
  const valueAt = keyEnd + found[0].length;
  return { ...plain, key, operator: found[0] as Operator, value: unquoted(text.slice(valueAt)), valueStart: start + valueAt };
}

function isSpace(character: string): boolean {
  return /\s/.test(character);
}

/** What can be typed at a place: keys (operators when the key is whole), or values of a key. */
export type Place =
  | { readonly kind: 'key'; readonly typed: string; readonly start: number; readonly end: number }
  | { readonly kind: 'value'; readonly key: string; readonly typed: string; readonly start: number; readonly end: number };

/** What can be typed at the caret; none within quoted words that are searched for. */
export function placeAt(filter: string, caret: number): Place | undefined {
  const word = wordsOf(filter).find((one) => one.start <= caret && caret <= one.end);
  if (!word) return { kind: 'key', typed: '', start: caret, end: caret };
  const { key, operator, valueStart } = word;
  if (key !== undefined && operator !== '?' && valueStart !== undefined && caret >= valueStart) {
    return { kind: 'value', key, typed: unquoted(filter.slice(valueStart, caret)), start: valueStart, end: word.end };
  }
  if (word.text.startsWith('"')) return undefined;
  const start = word.text.startsWith('!') ? Math.min(word.start + 1, caret) : word.start;
  const end = key === undefined ? word.end : word.start + key.length;
  return { kind: 'key', typed: filter.slice(start, caret), start, end: Math.max(caret, end) };
}

/** A value as it stands in a filter: quoted where it would otherwise not be one word. */
export function quoted(value: string): string {
  return /^[\p{L}\p{N}_.\-/:@%+,;&#*()[\]{}|$]+$/u.test(value) ? value : `"${value.replace(/["\\]/g, '\\$&')}"`;
}

function unquoted(value: string): string {
  if (!value.startsWith('"')) return value;
  const closed = value.length > 1 && value.endsWith('"');
  return value.slice(1, closed ? -1 : undefined).replace(/\\(.)/g, '$1');
}

/** One word of a filter; none when the key itself cannot be written as one. */
export function wordFor(key: string, operator: Operator, value = ''): string | undefined {
  if (!/^[^\s"=<>~!?\\]+$/.test(key) || key.length > 500) return undefined;
  return operator === '?' ? `${key}?` : `${key}${operator}${quoted(value)}`;
}

/** A filter with a word more; the same when it is there already. */
export function withWord(filter: string, word: string): string {
  if (wordsOf(filter).some((one) => one.text === word)) return filter.trim();
  return `${filter.trim()} ${word}`.trim();
}

/** A filter without one of its words. */
export function withoutWord(filter: string, word: Word): string {
  return `${filter.slice(0, word.start).trimEnd()} ${filter.slice(word.end).trimStart()}`.trim();
}

/** The filter's own words, which are no attributes, with what they mean. */
export const ownKeys: Readonly<Record<'traces' | 'logs' | 'metrics', readonly (readonly [string, string])[]>> = {
  traces: [
    ['service', 'service.name'],
    ['span.name', 'name of the span'],
    ['span.kind', 'server, client, …'],
    ['span.status', 'unset, ok, error'],
    ['span.duration', '250ms, 1.5s, 80us'],
    ['scope.name', 'instrumentation'],
    ['span.id', '16 hexadecimal digits'],
    ['trace.id', '32 hexadecimal digits'],
  ],
  logs: [
    ['service', 'service.name'],
    ['log.severity', 'info, warn, error or a number'],
    ['log.body', 'text of the record'],
    ['scope.name', 'instrumentation'],
    ['trace.id', '32 hexadecimal digits'],
    ['span.id', '16 hexadecimal digits'],
  ],
  metrics: [
    ['service', 'service.name'],
    ['scope.name', 'instrumentation'],
  ],
};
