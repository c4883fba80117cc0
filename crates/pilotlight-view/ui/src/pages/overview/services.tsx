// How services and operations do: rate, errors, duration.
import type { Schema } from '../../api/client';
import { ServiceName } from '../../parts/chips';
import { wordFor } from '../../parts/filter';
import { cut, milliseconds, number, rate, share } from '../../parts/formats';
import { Loading, RefusalNotice } from '../../parts/notice';
import { useAnswer } from '../../state/answer';
import { link } from '../../state/url';

export interface Range {
  readonly range: { readonly from_ms?: number; readonly to_ms?: number };
}

/** Questions over everything that is held; a glance needs no more. */
export const atAGlance = { restMs: 2000 };
const rows = 8;

export function Services({ range }: Range) {
  const asked = useAnswer('/api/map', range, atAGlance);
  const { answer, refusal } = asked;
  const services = (answer?.nodes ?? []).filter((node) => node.kind === 'service').sort((a, b) => b.errors - a.errors || b.count - a.count);
  return (
    <section class="card">
      <header>
        <h2>Services</h2>
        <a href="/map">Map</a>
      </header>
      <RefusalNotice refusal={refusal} />
      <Loading asked={asked} />
      <table class="plain">
        <thead>
          <tr>
            <th scope="col">Service</th>
            <RedHeads />
          </tr>
        </thead>
        <tbody>
          {services.slice(0, rows).map((node) => (
            <tr key={node.id}>
              <td>
                <a class="row-link" href={tracesOf(['service', node.name])}>
                  <ServiceName service={node.name} />
                </a>
              </td>
              <Red {...node} />
            </tr>
          ))}
        </tbody>
      </table>
      {answer && services.length === 0 && <p class="muted">No spans in this stretch of time.</p>}
      {services.length > rows && <p class="muted">and {number(services.length - rows)} more</p>}
    </section>
  );
}

export function Operations({ range }: Range) {
  const asked = useAnswer('/api/operations', range, atAGlance);
  const { answer, refusal } = asked;
  const operations = answer?.operations ?? [];
  return (
    <section class="card">
      <header>
        <h2>Operations with most errors, then the slowest</h2>
        <a href="/operations">All</a>
      </header>
      <RefusalNotice refusal={refusal} />
      <Loading asked={asked} />
      <table class="plain">
        <thead>
          <tr>
            <th scope="col">Operation</th>
            <RedHeads />
          </tr>
        </thead>
        <tbody>
          {operations.slice(0, rows).map((operation) => (
            <tr key={`${operation.service} ${operation.kind} ${operation.name}`}>
              <td>
                <a class="row-link" href={tracesOf(['service', operation.service], ['span.name', operation.name])}>
                  {cut(operation.name, 80)}
                </a>
                <ServiceName service={operation.service} />
              </td>
              <Red {...operation} />
            </tr>
          ))}
        </tbody>
      </table>
      {answer && operations.length === 0 && <p class="muted">No spans in this stretch of time.</p>}
    </section>
  );
}

function RedHeads() {
  return (
    <>
      <th scope="col" class="number">
        Rate
      </th>
      <th scope="col" class="number">
        Errors
      </th>
      <th scope="col" class="number">
        p95
      </th>
    </>
  );
}

function Red({ rate: perSecond, errors, count, p95_ms: p95 }: Pick<Schema<'MapNode'>, 'rate' | 'errors' | 'count' | 'p95_ms'>) {
  return (
    <>
      <td class="number">{rate(perSecond)}</td>
      <td class="number">{errors > 0 ? <span class="chip chip-error">! {share(errors, count)}</span> : <span class="muted">0 %</span>}</td>
      <td class="number">{milliseconds(p95)}</td>
    </>
  );
}

/** The traces with spans like this; all of them where a name cannot be written as a filter. */
function tracesOf(...words: readonly (readonly [string, string])[]): string {
  const filter = words.map(([key, value]) => wordFor(key, '=', value)).filter((word) => word !== undefined);
  return link('/traces', { filter: filter.join(' ') });
}
