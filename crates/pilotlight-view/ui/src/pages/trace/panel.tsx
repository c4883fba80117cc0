// What the panels of spans, log records and exceptions are made of.

import type { ComponentChildren } from 'preact';
import { counted } from '../../parts/formats';

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
