// Something that a reader should know: what failed and what to do, or what to beware of.
import type { ComponentChildren } from 'preact';
import type { Refusal } from '../api/client';

interface Props {
  readonly kind: 'error' | 'warning' | 'note';
  readonly title?: string;
  readonly children?: ComponentChildren;
  /** Shows a button that takes it away. */
  readonly dismiss?: () => void;
}

const words = { error: 'Error', warning: 'Warning', note: 'Note' } as const;

export function Notice({ kind, title, children, dismiss }: Props) {
  return (
    <div class={`notice notice-${kind}`} role={kind === 'error' ? 'alert' : undefined}>
      <span class="notice-mark" aria-hidden="true">
        {kind === 'note' ? 'i' : '!'}
      </span>
      <div class="notice-body">
        <span class="only-read">{words[kind]}: </span>
        {title !== undefined && <strong>{title} </strong>}
        {children}
      </div>
      {dismiss && (
        <button type="button" class="quiet" onClick={dismiss} aria-label="Dismiss">
          ×
        </button>
      )}
    </div>
  );
}

/** That an answer is still to come; shown only when it takes a while. */
export function Loading({ asked }: { asked: { readonly answer: unknown; readonly asking: boolean } }) {
  return asked.asking && asked.answer === undefined ? <p class="loading">Loading …</p> : null;
}

/** Why a question was not answered, with the place in the filter marked. */
export function RefusalNotice({ refusal, filter }: { refusal: Refusal | undefined; filter?: string }) {
  if (!refusal) return null;
  const position = refusal.position;
  return (
    <Notice kind="error">
      {refusal.message}
      {filter !== undefined && position !== undefined && <MarkedFilter filter={filter} position={position} />}
    </Notice>
  );
}

function MarkedFilter({ filter, position }: { filter: string; position: number }) {
  const { before, at, after } = splitAtByte(filter, position);
  return (
    <code class="marked">
      {before}
      <mark>{at}</mark>
      {after}
    </code>
  );
}

/** The text before a byte of its UTF-8, the character there (a gap at the end), and the rest; cut to what fits a line or two. */
export function splitAtByte(text: string, position: number): { before: string; at: string; after: string } {
  const characters = Array.from(text.slice(0, 4000));
  const encoder = new TextEncoder();
  let bytes = 0;
  let index = 0;
  while (index < characters.length && bytes < position) bytes += encoder.encode(characters[index++]).length;
  const before = characters.slice(0, index).join('');
  return {
    before: before.length > 100 ? `…${before.slice(-100)}` : before,
    at: characters[index] ?? '\u2423',
    after: characters.slice(index + 1, index + 101).join(''),
  };
}
