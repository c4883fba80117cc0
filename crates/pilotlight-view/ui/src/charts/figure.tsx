// What all charts have around them: a title, words for those who do not see it, keys, and a table of the values.
import type { ComponentChildren, RefObject } from 'preact';
import { useId, useState } from 'preact/hooks';
import { ValueTable, type Values } from './value-table';

interface Props {
  title: string;
  /** The whole chart in words. */
  words: string;
  /** What is under the cursor, in words. */
  now: string;
  place: RefObject<HTMLDivElement | null>;
  onKeyDown: (event: KeyboardEvent) => void;
  /** Its values; asked for when they are looked at. */
  table: () => Values;
  children?: ComponentChildren;
}

export function Figure({ title, words, now, place, onKeyDown, table, children }: Props) {
  const id = useId();
  return (
    <figure class="chart" aria-labelledby={`${id}-title`}>
      <figcaption id={`${id}-title`} class="chart-title">
        {title}
      </figcaption>
      <div
        class="chart-plot"
        tabIndex={0}
        role="group"
        aria-roledescription="chart"
        aria-label={title}
        aria-describedby={`${id}-words`}
        onKeyDown={onKeyDown}
        ref={place}
      />
      <p id={`${id}-words`} class="only-read">
        {words} Arrow keys move over the steps, plus and minus zoom, 0 shows the whole.
      </p>
      <Spoken text={now} />
      {children}
      <Table values={table} />
    </figure>
  );
}

/** Read aloud when it changes, while the chart is walked through. */
function Spoken({ text }: { text: string }) {
  return (
    <p class="only-read" aria-live="polite">
      {text}
    </p>
  );
}

function Table({ values }: { values: () => Values }) {
  const [open, setOpen] = useState(false);
  return (
    <details class="chart-table" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>Values as a table</summary>
      {open && <ValueTable {...values()} />}
    </details>
  );
}
