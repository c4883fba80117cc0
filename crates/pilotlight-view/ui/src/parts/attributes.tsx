// Attributes as a table: found by text, copied, and turned into a filter.
import { useState } from 'preact/hooks';
import type { Schema } from '../api/client';
import { here, link } from '../state/url';
import { CopyButton } from './copy';
import { type Operator, withWord, wordFor } from './filter';
import { bytes, counted, cut, enclosed, number } from './formats';

type Attribute = Schema<'Attribute'>;

interface Props {
  /** What a screen reader calls the table: `Span attributes`. */
  readonly label: string;
  readonly attributes: readonly Attribute[];
  /** How many the sender left out. */
  readonly dropped?: number;
  /** The page that filters lead to. Default: `/traces`; `none` shows no filter buttons. */
  readonly filterPath?: '/traces' | '/logs' | 'none';
  /** Before the key in a filter: `resource.` for what only a resource says. */
  readonly prefix?: string;
}

/** Rows at first; a span can have 100,000. */
const page = 100;
/** Characters of a value at first. */
const valueCharacters = 500;

export function Attributes({ label, attributes, dropped = 0, filterPath = '/traces', prefix = '' }: Props) {
  const [search, setSearch] = useState('');
  const [rows, setRows] = useState(page);
  const found = matching(attributes, search);
  if (attributes.length === 0 && dropped === 0) return <p class="muted">None</p>;
  return (
    <div class="attributes">
      {attributes.length > 12 && (
        <input
          type="search"
          aria-label={`Search ${label}`}
          placeholder={`Search ${counted(attributes.length, 'attribute')}`}
          value={search}
          onInput={(event) => setSearch(event.currentTarget.value)}
        />
      )}
      <table aria-label={label}>
        <tbody>
          {found.slice(0, rows).map((attribute, at) => (
            // A key can be there twice.
            <AttributeRow key={`${at} ${attribute.key.slice(0, 100)}`} attribute={attribute} filterPath={filterPath} prefix={prefix} />
          ))}
        </tbody>
      </table>
      {found.length > rows && (
        <button type="button" onClick={() => setRows(rows + 10 * page)}>
          Show more of {number(found.length)}
        </button>
      )}
      {found.length === 0 && attributes.length > 0 && <p class="muted">None of them contains that.</p>}
      {dropped > 0 && <p class="muted">{counted(dropped, 'more attribute')} left out by the sender’s limit.</p>}
    </div>
  );
}

/** Those whose key or value contains a text, in any case of letters. */
export function matching(attributes: readonly Attribute[], search: string): readonly Attribute[] {
  const wanted = search.trim().toLowerCase();
  if (wanted === '') return attributes;
  return attributes.filter(
    (attribute) => attribute.key.toLowerCase().includes(wanted) || attribute.text.toLowerCase().includes(wanted),
  );
}

function AttributeRow({ attribute, filterPath, prefix }: { attribute: Attribute } & Required<Pick<Props, 'filterPath' | 'prefix'>>) {
  const { key, text, kind, whole_bytes: wholeBytes } = attribute;
  const [whole, setWhole] = useState(false);
  const isLong = text.length > valueCharacters;
  return (
    <tr>
      <th scope="row" title={cut(key, 500)}>
        {cut(key, 200)}
      </th>
      <td>
        <span class={`value value-${kind}`} title={kind}>
          {kind === 'empty' ? '(empty)' : whole ? enclosed(text) : cut(text, valueCharacters)}
        </span>
        {isLong && (
          <button type="button" class="quiet" aria-expanded={whole} onClick={() => setWhole(!whole)}>
            {whole ? 'Less' : `All ${bytes(text.length)}`}
          </button>
        )}
        {wholeBytes != null && <span class="muted"> cut here: the whole value has {bytes(wholeBytes)}</span>}
      </td>
      <td class="attribute-actions">
        {filterPath !== 'none' && wholeBytes == null && <FilterLinks attribute={attribute} path={filterPath} prefix={prefix} />}
        <CopyButton text={text} what={`value of ${cut(key, 60)}`} />
      </td>
    </tr>
  );
}

function FilterLinks({ attribute, path, prefix }: { attribute: Attribute; path: string; prefix: string }) {
  // A filter as long as this is no filter any more.
  if (attribute.text.length > 1000) return null;
  const only = filterLink(path, prefix + attribute.key, '=', attribute.text);
  const except = filterLink(path, prefix + attribute.key, '!=', attribute.text);
  if (only === undefined || except === undefined) return null;
  return (
    <>
      <a class="quiet" href={only} title="Only with this value" aria-label={`Only with this value of ${cut(attribute.key, 60)}`}>
        =
      </a>
      <a class="quiet" href={except} title="Without this value" aria-label={`Without this value of ${cut(attribute.key, 60)}`}>
        ≠
      </a>
    </>
  );
}

/** A page with one word more in its filter; on that page itself everything else stays. */
export function filterLink(path: string, key: string, operator: Operator, value: string): string | undefined {
  const word = wordFor(key, operator, value);
  if (word === undefined) return undefined;
  const address = here();
  if (address.path !== path) return link(path, { filter: word });
  const query = new URLSearchParams(address.query);
  query.set('filter', withWord(query.get('filter') ?? '', word));
  return `${path}?${query.toString()}`;
}
