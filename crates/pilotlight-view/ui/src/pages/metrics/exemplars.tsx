// The measurements behind the chart's dots, as a list: each leads to its trace.
import { useMemo, useState } from 'preact/hooks';
import { formatValue } from '../../charts/units';
import { counted, cut, moment } from '../../parts/formats';
import { type Exemplar, type MetricData, tracePath } from './views';

/** Rows at first: the slowest ones are what is looked for. */
const rowsAtFirst = 10;

export function ExemplarList({ data: { exemplars, unit } }: { data: MetricData }) {
  const [all, setAll] = useState(false);
  const sorted = useMemo(() => [...exemplars].sort((one, other) => other.value - one.value || other.time_ms - one.time_ms), [exemplars]);
  if (exemplars.length === 0) return null;
  const shown = all ? sorted : sorted.slice(0, rowsAtFirst);
  return (
    <section class="card">
      <header>
        <h3>Exemplars</h3>
        <span class="muted">{counted(exemplars.length, 'measurement')} with a trace, the largest first</span>
      </header>
      <table class="plain">
        <thead>
          <tr>
            <th scope="col" class="number">
              Value
            </th>
            <th scope="col">Time</th>
            <th scope="col">Trace</th>
            <th scope="col">Attributes</th>
          </tr>
        </thead>
        <tbody>
          {shown.map((exemplar, i) => (
            <Row key={i} exemplar={exemplar} unit={unit} />
          ))}
        </tbody>
      </table>
      {!all && sorted.length > rowsAtFirst && (
        <div>
          <button type="button" onClick={() => setAll(true)}>
            All {sorted.length}
          </button>
        </div>
      )}
    </section>
  );
}

function Row({ exemplar, unit }: { exemplar: Exemplar; unit: string }) {
  const { time_ms: time, value, attributes } = exemplar;
  return (
    <tr>
      <td class="number">{formatValue(value, unit)}</td>
      <td>{moment(time)}</td>
      <td class="mono">
        <Trace exemplar={exemplar} />
      </td>
      <td class="mono">{cut(attributes.map(({ key, text }) => `${cut(key, 60)}=${cut(text, 60)}`).join(' '), 300)}</td>
    </tr>
  );
}

function Trace({ exemplar }: { exemplar: Exemplar }) {
  const path = tracePath(exemplar);
  if (!path || !exemplar.trace_id) return <span class="muted">none</span>;
  const short = exemplar.trace_id.slice(0, 16);
  return exemplar.known ? <a href={path}>{short}…</a> : <span class="muted" title="This trace is not held">{short}…</span>;
}
