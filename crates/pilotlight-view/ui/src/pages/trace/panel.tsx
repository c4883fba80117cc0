// What the panels of spans, log records and exceptions are made of.

import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { counted } from '../../parts/formats';
import { px } from '../../parts/px';
import { Divider } from './divider';

interface BesideProps {
  /** What is there anyway: a list, a waterfall. */
  children: ComponentChildren;
  /** What is opened beside it; nothing when there is nothing to show. */
  panel: ComponentChildren;
  /** How wide that is at first, pixels. */
  width: number;
}

/** A panel beside a list, as wide as it is dragged; below it where there is no room beside. */
export function Beside({ children, panel, width: first }: BesideProps) {
  const [width, setWidth] = useState(first);
  return (
    <div class="beside" style={panel ? { gridTemplateColumns: `minmax(0, 1fr) 7px ${px(width)}` } : {}}>
      {children}
      {panel && <Divider label="Width of the panel" from="right" at={width} least={280} most={1000} onMove={setWidth} />}
      {panel}
    </div>
  );
}

interface PanelProps {
  /** What a screen reader calls it. */
  label: string;
  title: ComponentChildren;
  /** Below the title; stays in sight like it. */
  head?: ComponentChildren;
  children: ComponentChildren;
  onClose: () => void;
}

export function Panel({ label, title, head, children, onClose }: PanelProps) {
  return (
    <aside class="panel" aria-label={label} onKeyDown={(event) => event.key === 'Escape' && onClose()}>
      <header class="panel-head">
        <div class="panel-title">
          <h2>{title}</h2>
          <button type="button" class="quiet" aria-label="Close the panel" title="Close (Esc)" onClick={onClose}>
            ×
          </button>
        </div>
        {head}
      </header>
      {children}
    </aside>
  );
}

export function Fact({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

interface SectionProps {
  title: string;
  count?: number;
  aside?: string;
  closed?: boolean;
  children: ComponentChildren;
}

export function Section({ title, count, aside, closed = false, children }: SectionProps) {
  return (
    <details class="section" open={!closed}>
      <summary>
        {title} <span class="muted">{count === undefined ? aside : <span aria-label={counted(count, 'entry', 'entries')}>{count}</span>}</span>
      </summary>
      {children}
    </details>
  );
}
