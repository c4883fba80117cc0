// The viewer itself: what it holds and may hold, what came, what it refused, and files in and out.
import type { Schema } from '../../api/client';
import { bytes, cut, dateTime, msOf, number } from '../../parts/formats';
import { Loading, Notice, RefusalNotice } from '../../parts/notice';
import { Page } from '../../parts/page';
import { LiveSwitch } from '../../parts/time-range';
import { useAnswer } from '../../state/answer';
import { Clear } from './clear';
import { Files } from './files';
import { Refused } from './refused';

type State = Schema<'State'>;

export default function ViewerPage() {
  const asked = useAnswer('/api/state', {});
  const { answer: state, refusal } = asked;
  return (
    <Page title="Viewer" aside={state && <span>Pilotlight {state.version}</span>} tools={<LiveSwitch />}>
      <RefusalNotice refusal={refusal} />
      <Loading asked={asked} />
      {state && (
        <>
          {state.trouble != null && (
            <Notice kind="error" title="Nothing more is taken:">
              {state.trouble}
            </Notice>
          )}
          {state.loaded < 1 && (
            <Notice kind="note">
              Still reading the file back into memory: {Math.floor(state.loaded * 100)} % done. Questions about older data take longer meanwhile.
            </Notice>
          )}
          <div class="cards">
            <Held state={state} />
            <Came received={state.received} />
            <Listening state={state} />
            <Files />
            <Dropped state={state} />
            <Clear />
          </div>
          <Refused state={state} />
        </>
      )}
    </Page>
  );
}

function Held({ state: { held, bounds } }: { state: State }) {
  const rows: readonly (readonly [string, number, number])[] = [
    ['Spans', held.spans, held.spans_on_disk],
    ['Log records', held.logs, held.logs_on_disk],
    ['Data points', held.points, held.points_on_disk],
  ];
  return (
    <section class="card">
      <h2>Held</h2>
      <Gauge label="Memory" value={held.memory_bytes} most={bounds.memory_bytes_max} />
      <Gauge label="File" value={held.disk_bytes} most={bounds.disk_bytes_max} />
      <table class="plain">
        <thead>
          <tr>
            <td />
            <th scope="col" class="number">
              In memory
            </th>
            <th scope="col" class="number">
              In the file
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map(([name, memory, disk]) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td class="number">{number(memory)}</td>
              <td class="number">{number(disk)}</td>
            </tr>
          ))}
          <tr>
            <th scope="row">Series</th>
            <td class="number">{number(held.series)}</td>
            <td />
          </tr>
          <tr>
            <th scope="row">Oldest</th>
            <td class="number">{since(held.oldest_in_memory)}</td>
            <td class="number">{since(held.oldest_on_disk)}</td>
          </tr>
          <tr>
            <th scope="row" title="Attributes beyond the 256th of a span, record, resource or scope are shown, but not searched">
              Not searched
            </th>
            <td class="number">{number(held.attributes_not_searched)}</td>
            <td />
          </tr>
          <tr>
            <th scope="row" title="Requests in the file that could not be read again: it is damaged">
              Unreadable
            </th>
            <td />
            <td class="number">{number(held.unreadable_requests)}</td>
          </tr>
        </tbody>
      </table>
    </section>
  );
}

function since(nano: string | null | undefined): string {
  return nano == null ? '–' : dateTime(msOf(nano)).slice(0, 19);
}

/** How much of a bound is used. */
function Gauge({ label, value, most }: { label: string; value: number; most: number }) {
  return (
    <label class="gauge">
      <span>{label}</span>
      <meter min={0} max={most} value={Math.min(value, most)} />
      <span class="gauge-text">
        {bytes(value)} of {bytes(most)}
      </span>
    </label>
  );
}

function Came({ received }: { received: State['received'] }) {
  const kinds = Object.entries(received.by_protocol).sort(([, a], [, b]) => b - a);
  return (
    <section class="card">
      <h2>Received since the start</h2>
      <dl class="facts">
        <dt>Spans</dt>
        <dd>{number(received.spans)}</dd>
        <dt>Log records</dt>
        <dd>{number(received.logs)}</dd>
        <dt>Data points</dt>
        <dd>{number(received.points)}</dd>
        <dt>Refused in part</dt>
        <dd>{number(received.rejected)}</dd>
        <dt>Requests</dt>
        <dd>
          {number(received.requests)}, {bytes(received.bytes)} over the network
        </dd>
        {kinds.map(([kind, count]) => (
          <>
            <dt class="mono">{kind}</dt>
            <dd>{number(count)}</dd>
          </>
        ))}
      </dl>
    </section>
  );
}

function Dropped({ state: { dropped, bounds } }: { state: State }) {
  return (
    <section class="card">
      <h2>Let go of since the start</h2>
      <p class="muted">
        The oldest goes when a bound is reached, or after {number(Math.round(bounds.age_seconds_max / 3600))} hours.
      </p>
      <dl class="facts">
        <dt>Spans</dt>
        <dd>{number(dropped.spans)}</dd>
        <dt>Log records</dt>
        <dd>{number(dropped.logs)}</dd>
        <dt>Data points</dt>
        <dd>{number(dropped.points)}</dd>
        <dt>Partitions</dt>
        <dd>{number(dropped.partitions)}</dd>
        <dt>Series never begun</dt>
        <dd>{number(dropped.series)}</dd>
        <dt>News a page was too slow for</dt>
        <dd>{number(dropped.news)}</dd>
      </dl>
    </section>
  );
}

function Listening({ state }: { state: State }) {
  return (
    <section class="card">
      <h2>Listening</h2>
      <dl class="facts">
        {state.listening.map(({ address, purpose }) => (
          <>
            <dt class="mono">{address}</dt>
            <dd>{purpose === 'otlp' ? 'OTLP, each protocol' : 'this page and its API'}</dd>
          </>
        ))}
        <dt>Started</dt>
        <dd>{dateTime(msOf(state.started)).slice(0, 19)}</dd>
        <dt>File</dt>
        <dd>{state.db != null ? <code>{cut(state.db, 300)}</code> : <>a temporary one, which ends with the viewer; <code>--db PATH</code> keeps one</>}</dd>
        <dt>Largest request</dt>
        <dd>{bytes(state.bounds.request_bytes_max)}</dd>
        <dt>API</dt>
        <dd>
          <a href="/api/openapi.json">/api/openapi.json</a>
        </dd>
      </dl>
    </section>
  );
}
