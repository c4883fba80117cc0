// One operation over time: how often, how often it failed, how long it took; and its traces.
import { useMemo } from 'preact/hooks';
import { palette } from '../../charts/colours';
import { type ChartLine, LineChart } from '../../charts/line-chart';
import type { Span } from '../../charts/span';
import type { Schema } from '../../api/client';
import { ServiceName } from '../../parts/chips';
import { counted, cut, milliseconds, share } from '../../parts/formats';
import { RefusalNotice } from '../../parts/notice';
import { useAnswer } from '../../state/answer';
import { rangeKeys, useTimeRange, zoomOut, zoomTo } from '../../state/range';
import { cssColour, useShade } from '../../state/theme';
import { type QueryChange, changeQuery, useAddress } from '../../state/url';
import { type Operation, tracesLink } from './listed';

export function OperationDetail({ operation }: { operation: Operation }) {
  const { service, name, kind } = operation;
  const { question: range } = useTimeRange();
  const { answer, refusal } = useAnswer('/api/operations/series', { ...range, service, name, kind });
  return (
    <section class="operation" aria-label={`Operation ${cut(name, 100)}`}>
      <Head operation={operation} />
      <RefusalNotice refusal={refusal} />
      {answer && <Charts series={answer} />}
    </section>
  );
}

function Head({ operation }: { operation: Operation }) {
  const { service, name, count, errors, max_ms: max, slowest_trace_id: slowest } = operation;
  const range = useRangeQuery();
  const traces = tracesLink(operation, range);
  const failed = tracesLink(operation, range, { errors: true });
  return (
    <header class="row spread">
      <div class="row operation-name">
        <ServiceName service={service} />
        <h2 class="mono">{cut(name, 300) || '(no name)'}</h2>
        <span class="muted">
          {counted(count, 'span')}, {errors === 0 ? 'no errors' : `${share(errors, count)} errors`}
        </span>
      </div>
      <div class="row">
        {traces && (
          <a class="button" href={traces}>
            Its traces
          </a>
        )}
        {failed && errors > 0 && (
          <a class="button" href={failed}>
            With errors
          </a>
        )}
        {slowest !== '' && (
          <a class="button" href={`/traces/${encodeURIComponent(slowest)}`}>
            Slowest: {milliseconds(max)}
          </a>
        )}
        <button type="button" class="quiet" aria-label="Close this operation" onClick={close}>
          ×
        </button>
      </div>
    </header>
  );
}

function close(): void {
  changeQuery({ service: undefined, name: undefined, kind: undefined });
}

/** The range as the address has it, to be carried to another page. */
function useRangeQuery(): QueryChange {
  const { query } = useAddress();
  return Object.fromEntries(rangeKeys.map((key) => [key, query.get(key) ?? undefined]));
}

/** They move their cursors together. */
const sync = 'operation';
const height = 170;

function Charts({ series }: { series: Schema<'OperationSeries'> }) {
  const span = useMemo<Span>(() => ({ startMs: series.start_ms, stepMs: series.step_ms, steps: series.rate.length }), [series]);
  const { rate, errors, durations } = useLines(series);
  const shared = { span, sync, height, onRange: (fromMs: number, toMs: number) => zoomTo(fromMs, toMs), onWhole: zoomOut };
  return (
    <div class="operation-charts">
      <LineChart {...shared} title="Rate" unit="/s" lines={rate} />
      <LineChart {...shared} title="Errors" unit="/s" lines={errors} />
      <LineChart {...shared} title="Duration" unit="ms" lines={durations} />
    </div>
  );
}

function useLines(series: Schema<'OperationSeries'>): Record<'rate' | 'errors' | 'durations', ChartLine[]> {
  const shade = useShade();
  return useMemo(() => {
    const line = (label: string, values: readonly (number | null)[], colour: number) => ({ label, values, colour: palette[colour]![shade] });
    return {
      rate: [line('rate', series.rate, 0)],
      errors: [{ label: 'errors', values: series.errors, colour: cssColour('--error') }],
      durations: [line('p50', series.p50_ms, 2), line('p95', series.p95_ms, 1), line('p99', series.p99_ms, 3)],
    };
  }, [series, shade]);
}
