// Links from a span to others, and from others to it.

import { Attributes } from '../../parts/attributes';
import { counted, cut } from '../../parts/formats';
import { link } from '../../state/url';
import type { SpanDetail } from './types';

/** Batches link to thousands of messages; the first ones are drawn. */
const LINKS_MAX = 100;

export function SpanLinks({ detail }: { detail: SpanDetail }) {
  return (
    <>
      {detail.links.length > 0 && <h3>To others</h3>}
      <ul class="links">
        {detail.links.slice(0, LINKS_MAX).map((to, at) => (
          <li key={at}>
            <SpanLink trace={to.trace_id} span={to.span_id} words={to.target ?? undefined} />
            {to.target == null && <span class="muted"> not here</span>}
            {to.trace_state !== '' && <span class="muted"> {cut(to.trace_state, 200)}</span>}
            {to.attributes.length > 0 && <Attributes label="Attributes of the link" attributes={to.attributes} filterPath="none" />}
          </li>
        ))}
      </ul>
      {detail.links.length > LINKS_MAX && <p class="muted">{counted(detail.links.length - LINKS_MAX, 'more link')} not shown.</p>}
      {detail.dropped_links > 0 && <p class="muted">{counted(detail.dropped_links, 'more link')} left out by the sender’s limit.</p>}
      {detail.linked_from.length > 0 && <h3>From others</h3>}
      <ul class="links">
        {detail.linked_from.map((from, at) => (
          <li key={at}>
            <SpanLink trace={from.trace_id} span={from.span_id} words={`${from.service}: ${from.name}`} />
          </li>
        ))}
      </ul>
    </>
  );
}

function SpanLink({ trace, span, words }: { trace: string; span: string; words: string | undefined }) {
  return (
    <a class={words === undefined ? 'mono' : ''} href={link(`/traces/${encodeURIComponent(trace)}`, { span })}>
      {words === undefined ? `${trace.slice(0, 8)}… ${span}` : cut(words, 160)}
    </a>
  );
}
