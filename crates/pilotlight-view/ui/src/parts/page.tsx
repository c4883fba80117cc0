// The frame of a page: its heading, the tools beside it, and where the focus goes when one arrives.
import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

interface Props {
  /** The heading, and the browser tab's name. */
  readonly title: string;
  /** After the title, in small: a count, a name. */
  readonly aside?: ComponentChildren;
  /** On the right of the heading: time range, pause. */
  readonly tools?: ComponentChildren;
  readonly children: ComponentChildren;
  /** The page fills the window and scrolls within its own parts. */
  readonly full?: boolean;
}

export function Page({ title, aside, tools, children, full = false }: Props) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title.slice(0, 80)} · Pilotlight`;
  }, [title]);
  useEffect(() => {
    // A screen reader begins to read here, and the tab key goes on from here; but whoever is typing is left alone.
    const active = document.activeElement;
    if (arrivedBefore && !(active instanceof HTMLInputElement)) heading.current?.focus({ preventScroll: true });
    arrivedBefore = true;
    document.getElementById('content')?.scrollTo?.(0, 0);
  }, []);
  return (
    <div class={full ? 'page page-full' : 'page'}>
      <header class="page-head">
        <h1 ref={heading} tabIndex={-1}>
          {title}
        </h1>
        {aside !== undefined && <div class="page-aside">{aside}</div>}
        {tools !== undefined && <div class="page-tools">{tools}</div>}
      </header>
      {children}
    </div>
  );
}

/** On the very first page the browser's own focus is right. */
let arrivedBefore = false;
