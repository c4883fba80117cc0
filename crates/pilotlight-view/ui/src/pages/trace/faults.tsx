// What is wrong with the form of a trace: each fault in a line that leads to its spans.

import { useState } from 'preact/hooks';
import { cut, number } from '../../parts/formats';
import { Notice } from '../../parts/notice';
import type { Shown } from './state';
import type { Trace, TraceFault } from './types';

const TITLES: Record<TraceFault['kind'], string> = {
  orphans: 'Parents are missing.',
  cycle: 'Spans are their own ancestors.',
  'several-roots': 'Several roots.',
  'no-root': 'No root.',
  skew: 'Clocks differ.',
  'negative-duration': 'Spans end before they begin.',
  'impossible-time': 'Times that cannot be right.',
  'duplicate-span-id': 'Two spans with one id.',
};

export function Faults({ shown }: { shown: Shown }) {
  const [dismissed, setDismissed] = useState(false);
  const { trace } = shown;
  const leftOut = trace.spans_left_out + trace.logs_left_out > 0;
  if (dismissed || (trace.faults.length === 0 && !leftOut)) return null;
  return (
    <Notice kind="warning" dismiss={() => setDismissed(true)}>
      <ul class="faults" aria-label="What is wrong with this trace">
        {trace.faults.map((fault) => (
          <li key={fault.kind + fault.message}>
            <Fault fault={fault} shown={shown} />
          </li>
        ))}
        {leftOut && (
          <li>
            <LeftOut trace={trace} />
          </li>
        )}
      </ul>
    </Notice>
  );
}

function Fault({ fault, shown }: { fault: TraceFault; shown: Shown }) {
  const [next, setNext] = useState(0);
  const count = fault.spans.length;
  const show = () => {
    shown.goTo(fault.spans[next % count]!);
    setNext(next + 1);
  };
  return (
    <>
      <strong>{TITLES[fault.kind]}</strong> {cut(fault.message, 500)}{' '}
      {count > 0 && (
        <button type="button" class="link" onClick={show}>
          {count > 1 ? `Show span ${(next % count) + 1} of ${number(count)}` : 'Show the span'}
        </button>
      )}
    </>
  );
}

function LeftOut({ trace }: { trace: Trace }) {
  return (
    <>
      <strong>Not all of it is shown.</strong>{' '}
      {trace.spans_left_out > 0 && `${number(trace.spans_left_out)} more spans are kept but not drawn. `}
      {trace.logs_left_out > 0 && `${number(trace.logs_left_out)} more log records are kept but not drawn. `}
      Export the trace to have everything.
    </>
  );
}
