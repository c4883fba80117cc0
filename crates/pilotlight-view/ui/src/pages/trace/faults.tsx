// What is wrong with the form of a trace: each a notice that leads to its spans.

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
  const { trace } = shown;
  return (
    <>
      {trace.faults.map((fault) => (
        <Fault key={fault.kind + fault.message} fault={fault} shown={shown} />
      ))}
      <LeftOut trace={trace} />
    </>
  );
}

function Fault({ fault, shown }: { fault: TraceFault; shown: Shown }) {
  const [next, setNext] = useState(0);
  const [dismissed, setDismissed] = useState(false);
  if (dismissed) return null;
  const several = fault.spans.length > 1;
  return (
    <Notice kind="warning" title={TITLES[fault.kind]} dismiss={() => setDismissed(true)}>
      {cut(fault.message, 500)}{' '}
      {fault.spans.length > 0 && (
        <button
          type="button"
          class="quiet"
          onClick={() => {
            shown.goTo(fault.spans[next % fault.spans.length]!);
            setNext(next + 1);
          }}
        >
          {several ? `Show span ${(next % fault.spans.length) + 1} of ${number(fault.spans.length)}` : 'Show the span'}
        </button>
      )}
    </Notice>
  );
}

function LeftOut({ trace }: { trace: Trace }) {
  if (trace.spans_left_out + trace.logs_left_out === 0) return null;
  return (
    <Notice kind="warning" title="Not all of it is shown.">
      {trace.spans_left_out > 0 && `${number(trace.spans_left_out)} more spans are kept but not drawn. `}
      {trace.logs_left_out > 0 && `${number(trace.logs_left_out)} more log records are kept but not drawn. `}
      Export the trace to have everything.
    </Notice>
  );
}
