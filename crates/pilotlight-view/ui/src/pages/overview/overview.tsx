// The first page: how to send something while nothing is there, then what matters most of what is.
import type { Schema } from '../../api/client';
import { counted, compact } from '../../parts/formats';
import { Loading, RefusalNotice } from '../../parts/notice';
import { Page } from '../../parts/page';
import { TimeTools } from '../../parts/time-range';
import { useAnswer } from '../../state/answer';
import { useTimeRange } from '../../state/range';
import { FailedTraces, FoundThings, NewestErrors } from './newest';
import { Operations, Services } from './services';
import { Snippets, Waiting } from './setup';

export default function OverviewPage() {
  const asked = useAnswer('/api/state', {});
  const { answer: state, refusal } = asked;
  if (!state) {
    return (
      <Page title="Overview">
        <RefusalNotice refusal={refusal} />
        <Loading asked={asked} />
      </Page>
    );
  }
  return hasAnything(state) ? <Overview state={state} refusal={refusal} /> : <Empty state={state} />;
}

/** Whether anything is held, or about to be: the file is still being read. After clearing everything, it is waiting again. */
export function hasAnything({ held, loaded }: Schema<'State'>): boolean {
  const counts = [held.spans, held.logs, held.points, held.spans_on_disk, held.logs_on_disk, held.points_on_disk];
  return loaded < 1 || counts.some((count) => count > 0);
}

function Empty({ state }: { state: Schema<'State'> }) {
  return (
    <Page title="Overview">
      <Waiting state={state} />
    </Page>
  );
}

function Overview({ state, refusal }: { state: Schema<'State'>; refusal: Parameters<typeof RefusalNotice>[0]['refusal'] }) {
  const { question } = useTimeRange();
  return (
    <Page title="Overview" aside={<HeldInWords held={state.held} />} tools={<TimeTools />}>
      <RefusalNotice refusal={refusal} />
      <FoundThings />
      <div class="cards cards-wide">
        <Services range={question} />
        <NewestErrors range={question} />
        <Operations range={question} />
        <FailedTraces range={question} />
      </div>
      <details class="card">
        <summary>Send more: how programs are made to send here</summary>
        <Snippets state={state} />
      </details>
    </Page>
  );
}

function HeldInWords({ held }: { held: Schema<'State'>['held'] }) {
  return (
    <span>
      {compact(held.spans)} spans, {compact(held.logs)} log records, {counted(held.series, 'series', 'series')} in memory
    </span>
  );
}
