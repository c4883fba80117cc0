// What happened within a span, with stack traces as they were written.

import { Attributes } from '../../parts/attributes';
import { counted, cut, distance, number } from '../../parts/formats';
import { sinceNs } from './since';
import type { SpanDetail, SpanEvent } from './types';

/** Of a span with 10,000 events the first ones are drawn. */
const EVENTS_MAX = 200;
/** Rather much for a stack trace; all of it can be copied as an attribute. */
const STACK_MAX = 20_000;

export function SpanEvents({ detail, traceStart }: { detail: SpanDetail; traceStart: string }) {
  return (
    <>
      <ul class="events">
        {detail.events.slice(0, EVENTS_MAX).map((event, at) => (
          <li key={at}>
            <EventLine event={event} traceStart={traceStart} />
          </li>
        ))}
      </ul>
      {detail.events.length > EVENTS_MAX && <p class="muted">{number(detail.events.length - EVENTS_MAX)} more are not shown.</p>}
      {detail.dropped_events > 0 && <p class="muted">{counted(detail.dropped_events, 'more event')} left out by the sender’s limit.</p>}
    </>
  );
}

function EventLine({ event, traceStart }: { event: SpanEvent; traceStart: string }) {
  const stack = event.attributes.find((attribute) => attribute.key === 'exception.stacktrace');
  const rest = event.attributes.filter((attribute) => attribute !== stack);
  return (
    <>
      <div class="row spread">
        <strong class={event.name === 'exception' ? 'bad' : ''}>
          {event.name === 'exception' && <span aria-hidden="true">! </span>}
          {cut(event.name, 200)}
        </strong>
        <span class="muted">{distance(sinceNs(traceStart, event.time))}</span>
      </div>
      {(rest.length > 0 || event.dropped_attributes > 0) && (
        <Attributes label={`Attributes of ${cut(event.name, 60)}`} attributes={rest} dropped={event.dropped_attributes} filterPath="none" />
      )}
      {stack && <pre class="stack">{cut(stack.text, STACK_MAX)}</pre>}
    </>
  );
}
