// Where a filter is typed: one line with completion of keys, operators and values from what was seen. A combobox: arrows move
// through the list, enter or tab takes from it, escape closes it, enter without a choice applies the filter. `/` leads here.
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { type Refusal, get } from '../api/client';
import { compact, cut } from './formats';
import { type Place, operatorWords, operators, ownKeys, placeAt, quoted, withoutWord, wordsOf } from './filter';
import { RefusalNotice } from './notice';

interface Props {
  /** Of spans, log records or data points. */
  readonly signal: 'traces' | 'logs' | 'metrics';
  readonly filter: string;
  readonly onApply: (filter: string) => void;
  /** Why the viewer could not read the filter. */
  readonly refusal?: Refusal | undefined;
  readonly placeholder?: string;
}

interface Option {
  /** What stands in the filter. */
  readonly insert: string;
  readonly label: string;
  /** At the right: how often, or what it means. */
  readonly aside: string;
  /** The word is whole with it: a space follows, and the filter is applied. */
  readonly ends: boolean;
}

export function FilterBar({ signal, filter, onApply, refusal, placeholder }: Props) {
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const [text, setText] = useState(filter);
  const [caret, setCaret] = useState(filter.length);
  const [open, setOpen] = useState(false);
  const [active, setActive] = useState(-1);
  // What is typed keeps its last space; a filter from elsewhere replaces it.
  useEffect(() => setText((typed) => (typed.trim() === filter.trim() ? typed : filter)), [filter]);
  useEffect(() => focusOnSlash(() => input.current), []);
  const place = open ? placeAt(text, caret) : undefined;
  const options = useOptions(signal, place);
  const shown = open && options.length > 0;
  // What was pointed at is another thing when the list changes.
  useEffect(() => setActive(-1), [options]);

  const apply = (wanted: string) => {
    setOpen(false);
    onApply(wanted.trim());
  };
  const take = (option: Option) => {
    if (!place) return;
    const head = text.slice(0, place.start) + option.insert + (option.ends ? ' ' : '');
    const whole = head + text.slice(place.end).replace(/^\s+/, option.ends ? '' : ' ');
    setText(whole);
    setCaret(head.length);
    requestAnimationFrame(() => input.current?.setSelectionRange(head.length, head.length));
    if (option.ends) onApply(whole.trim());
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const option = shown ? options[active] : undefined;
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      if (!shown) setOpen(true);
      else setActive((active + (event.key === 'ArrowDown' ? 1 : options.length + (active < 0 ? 0 : -1))) % options.length);
    } else if (event.key === 'Enter') {
      event.preventDefault();
      if (option) take(option);
      else apply(text);
    } else if (event.key === 'Tab' && option && !event.shiftKey) {
      event.preventDefault();
      take(option);
    } else if (event.key === 'Escape' && (shown || text !== filter)) {
      event.preventDefault();
      if (shown) setOpen(false);
      else setText(filter);
    }
  };
  const follow = () => setCaret(input.current?.selectionStart ?? text.length);

  return (
    <div class="filter">
      <div class="filter-line">
        <svg viewBox="0 0 16 16" width="14" height="14" class="filter-sign" aria-hidden="true">
          <path d="M7 2.500a4.500 4.500 0 1 0 0 9a4.500 4.500 0 1 0 0-9M10.300 10.300L14 14" />
        </svg>
        <input
          ref={input}
          type="text"
          role="combobox"
          class="filter-input mono"
          aria-label={`Filter ${signal === 'metrics' ? 'series' : signal}`}
          aria-autocomplete="list"
          aria-expanded={shown}
          aria-controls={`${id}-list`}
          aria-activedescendant={shown && active >= 0 ? `${id}-${active}` : undefined}
          aria-invalid={refusal?.position !== undefined}
          autocomplete="off"
          autocapitalize="off"
          spellcheck={false}
          placeholder={placeholder ?? 'service=shop span.duration>250ms "card expired"'}
          value={text}
          onInput={(event) => {
            setText(event.currentTarget.value);
            follow();
            setOpen(true);
          }}
          onKeyDown={onKeyDown}
          onKeyUp={follow}
          onClick={() => {
            follow();
            setOpen(true);
          }}
          onBlur={() => {
            setOpen(false);
            if (text.trim() !== filter.trim()) apply(text);
          }}
        />
        {text === '' ? (
          <kbd class="filter-key" aria-hidden="true">
            /
          </kbd>
        ) : (
          <button type="button" class="quiet filter-clear" aria-label="Clear the filter" onClick={() => apply('')}>
            ×
          </button>
        )}
        <ul id={`${id}-list`} role="listbox" aria-label="Completions" class="filter-list" hidden={!shown}>
          {shown &&
            options.map((option, at) => (
              <li
                key={option.insert}
                id={`${id}-${at}`}
                role="option"
                aria-selected={at === active}
                ref={(element) => void (at === active && element?.scrollIntoView({ block: 'nearest' }))}
                // Before the input loses the focus.
                onPointerDown={(event) => {
                  event.preventDefault();
                  take(option);
                }}
              >
                <span class="mono cut">{option.label}</span>
                <span class="muted">{option.aside}</span>
              </li>
            ))}
        </ul>
      </div>
      <FilterWords filter={filter} onApply={onApply} />
      <RefusalNotice refusal={refusal} filter={filter} />
    </div>
  );
}

/** The words that hold, each with a button that takes it away. */
function FilterWords({ filter, onApply }: { filter: string; onApply: (filter: string) => void }) {
  const words = wordsOf(filter).slice(0, 50);
  if (words.length < 2) return null;
  return (
    <ul class="row filter-words" aria-label="Filter words">
      {words.map((word) => (
        <li key={word.start} class="chip mono">
          <span class="cut">{cut(word.text, 80)}</span>
          <button
            type="button"
            class="chip-remove"
            aria-label={`Remove ${cut(word.text, 80)}`}
            onClick={() => onApply(withoutWord(filter, word))}
          >
            ×
          </button>
        </li>
      ))}
    </ul>
  );
}

/** What can be typed at a place; asked for a moment after the last key. */
function useOptions(signal: Props['signal'], place: Place | undefined): readonly Option[] {
  const [options, setOptions] = useState<readonly Option[]>(none);
  const key = place === undefined ? '' : JSON.stringify([signal, place.kind, place.typed, place.kind === 'value' ? place.key : '']);
  useEffect(() => {
    if (!place) {
      setOptions(none);
      return;
    }
    const abort = new AbortController();
    const timer = setTimeout(() => {
      optionsAt(signal, place, abort.signal).then(
        (found) => abort.signal.aborted || setOptions(found),
        // Without completion the filter can still be typed.
        () => abort.signal.aborted || setOptions(none),
      );
    }, 60);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [key]);
  return options;
}

const none: readonly Option[] = [];

async function optionsAt(signal: Props['signal'], place: Place, abort: AbortSignal): Promise<readonly Option[]> {
  if (place.kind === 'value') {
    const { items } = await get('/api/values', { signal, key: place.key, prefix: place.typed }, abort);
    return items.map(({ text, count }) => ({ insert: quoted(text), label: cut(text, 200), aside: compact(count), ends: true }));
  }
  const { items } = await get('/api/keys', { signal, prefix: place.typed }, abort);
  const typed = place.typed.toLowerCase();
  const own = ownKeys[signal].filter(([name]) => name.includes(typed));
  const ownNames = new Set(own.map(([name]) => name));
  const keys = [
    ...own.map(([name, meaning]) => ({ insert: name, label: name, aside: meaning, ends: false })),
    ...items
      .filter((item) => !ownNames.has(item.text))
      .map((item) => ({ insert: item.text, label: cut(item.text, 200), aside: compact(item.count), ends: false })),
  ];
  const whole = keys.some((option) => option.insert === place.typed);
  return whole ? [...operatorsAfter(place.typed), ...keys.filter((option) => option.insert !== place.typed)] : keys;
}

function operatorsAfter(key: string): Option[] {
  return operators.map((operator) => ({
    insert: key + operator,
    label: key + operator,
    aside: operatorWords[operator],
    ends: operator === '?',
  }));
}

/** `/` leads to the filter from anywhere that is not itself typed into. Returns how to stop. */
function focusOnSlash(target: () => HTMLInputElement | null): () => void {
  const press = (event: KeyboardEvent) => {
    if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (event.target instanceof Element && event.target.closest('input, textarea, select')) return;
    event.preventDefault();
    target()?.focus();
  };
  document.addEventListener('keydown', press);
  return () => document.removeEventListener('keydown', press);
}
