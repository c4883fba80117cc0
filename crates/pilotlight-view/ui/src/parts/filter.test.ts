import { describe, expect, it } from 'vitest';
import { placeAt, quoted, withWord, withoutWord, wordFor, wordsOf } from './filter';

describe('the words of a filter', () => {
  it('are told apart by spaces, but not within quotes', () => {
    const words = wordsOf('  a=1  db.query.text~"select * \\"x\\"" "card expired" declined');
    expect(words.map((word) => word.text)).toEqual(['a=1', 'db.query.text~"select * \\"x\\""', '"card expired"', 'declined']);
    expect(words[1]).toMatchObject({ key: 'db.query.text', operator: '~', value: 'select * "x"' });
  });
  it('have the operator that is longest', () => {
    const found = wordsOf('a!=1 b!~x c>=5 d<=5 e>5 f<5 g=1 h~1 i? !j?').map((word) => [word.key, word.operator]);
    expect(found).toEqual([
      ['a', '!='], ['b', '!~'], ['c', '>='], ['d', '<='], ['e', '>'], ['f', '<'], ['g', '='], ['h', '~'], ['i', '?'], ['j', '?'],
    ]);
  });
  it('that are quoted are searched for, whatever is in them', () => {
    expect(wordsOf('"a=b"')[0]?.key).toBeUndefined();
    expect(wordsOf('x"a=b"')[0]?.key).toBeUndefined();
  });
  it('end with the filter when a quote is not closed', () => {
    expect(wordsOf('a="b c')).toMatchObject([{ key: 'a', value: 'b c', end: 6 }]);
    expect(wordsOf('a="b\\')).toMatchObject([{ key: 'a', end: 5 }]);
  });
});

describe('at the caret', () => {
  it('a key can be typed where there is nothing yet', () => {
    expect(placeAt('', 0)).toEqual({ kind: 'key', typed: '', start: 0, end: 0 });
    expect(placeAt('a=1 ', 4)).toEqual({ kind: 'key', typed: '', start: 4, end: 4 });
  });
  it('the key that was begun is completed', () => {
    expect(placeAt('a=1 http.ro', 11)).toEqual({ kind: 'key', typed: 'http.ro', start: 4, end: 11 });
    expect(placeAt('!use', 4)).toEqual({ kind: 'key', typed: 'use', start: 1, end: 4 });
    expect(placeAt('http.route=/x', 4)).toEqual({ kind: 'key', typed: 'http', start: 0, end: 10 });
  });
  it('the value that was begun is completed, quoted or not', () => {
    expect(placeAt('http.route=/ap', 14)).toEqual({ kind: 'value', key: 'http.route', typed: '/ap', start: 11, end: 14 });
    expect(placeAt('a="b c', 6)).toEqual({ kind: 'value', key: 'a', typed: 'b c', start: 2, end: 6 });
    expect(placeAt('a=', 2)).toEqual({ kind: 'value', key: 'a', typed: '', start: 2, end: 2 });
  });
  it('nothing is completed in quoted text', () => {
    expect(placeAt('"card ex', 8)).toBeUndefined();
  });
});

describe('a word that is made', () => {
  it('is quoted where it has to be, and reads back as it was', () => {
    for (const value of ['/api/orders', 'a b', '', 'say "hi"', 'back\\slash', 'a=b', 'ümlaut', 'x?', '<script>']) {
      const word = wordFor('k', '=', value) ?? '';
      expect(wordsOf(word)).toMatchObject([{ key: 'k', operator: '=', value }]);
    }
    expect(quoted('/api/orders')).toBe('/api/orders');
  });
  it('is none for a key that cannot be written', () => {
    for (const key of ['', 'a b', 'a=b', 'a"b', '!a', 'x'.repeat(501)]) expect(wordFor(key, '=', '1')).toBeUndefined();
  });
  it('is added once and can be taken away again', () => {
    expect(withWord('a=1', 'b=2')).toBe('a=1 b=2');
    expect(withWord('a=1 b=2', 'a=1')).toBe('a=1 b=2');
    const filter = 'a=1 b=2 c=3';
    expect(withoutWord(filter, wordsOf(filter)[1]!)).toBe('a=1 c=3');
  });
});
