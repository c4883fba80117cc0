// The numbers of the node or edge that is selected, and where more of it is.
import type { ComponentChildren } from 'preact';
import { ServiceName } from '../../parts/chips';
import { counted, cut, milliseconds, rate, share } from '../../parts/formats';
import { rangeKeys } from '../../state/range';
import { type QueryChange, useAddress } from '../../state/url';
import { type MapEdge, type MapNode, type ServiceMap, kindWord } from './drawing';
import { type Selected, keyOf, serviceLink, serviceOf } from './keys';

interface Props {
  map: ServiceMap;
  chosen: Selected;
  onChoose: (key: string | undefined) => void;
}

export function Panel({ map, chosen, onChoose }: Props) {
  return (
    <aside class="card map-panel" aria-label="What is selected">
      <header>
        <h2>{chosen.kind === 'node' ? <NodeTitle node={chosen.node} /> : <EdgeTitle edge={chosen.edge} map={map} />}</h2>
        <button type="button" class="quiet" aria-label="Close" onClick={() => onChoose(undefined)}>
          ×
        </button>
      </header>
      {chosen.kind === 'node' ? (
        <NodeFacts node={chosen.node} map={map} onChoose={onChoose} />
      ) : (
        <EdgeFacts edge={chosen.edge} map={map} onChoose={onChoose} />
      )}
    </aside>
  );
}

function NodeTitle({ node }: { node: MapNode }) {
  const service = serviceOf(node.id);
  if (service !== undefined) return <ServiceName service={service} />;
  return (
    <>
      {cut(node.name, 200)} <span class="chip">{kindWord[node.kind]}</span>
    </>
  );
}

function EdgeTitle({ edge, map }: { edge: MapEdge; map: ServiceMap }) {
  return (
    <>
      {nameOf(map, edge.from)} → {nameOf(map, edge.to)} {edge.messages && <span class="chip">messages</span>}
    </>
  );
}

function nameOf({ nodes }: ServiceMap, id: string): string {
  return cut(nodes.find((node) => node.id === id)?.name ?? id, 100);
}

function NodeFacts({ node, map, onChoose }: { node: MapNode; map: ServiceMap; onChoose: Props['onChoose'] }) {
  const service = serviceOf(node.id);
  return (
    <>
      <dl class="facts">
        <Numbers of={node} />
        <dt>p95</dt>
        <dd>{milliseconds(node.p95_ms)}</dd>
      </dl>
      {service === undefined ? (
        <p class="muted">Seen from its clients only: it tells nothing itself.</p>
      ) : (
        <ServiceLinks service={service} failed={node.errors > 0} />
      )}
      <EdgeList title="Called by" edges={map.edges.filter(({ to }) => to === node.id)} end="from" map={map} onChoose={onChoose} />
      <EdgeList title="Calls" edges={map.edges.filter(({ from }) => from === node.id)} end="to" map={map} onChoose={onChoose} />
    </>
  );
}

function EdgeFacts({ edge, map, onChoose }: { edge: MapEdge; map: ServiceMap; onChoose: Props['onChoose'] }) {
  const range = useRange();
  const caller = serviceOf(edge.from);
  const called = serviceOf(edge.to);
  const [asks, answers] = edge.messages ? ['span.kind=producer', 'span.kind=consumer'] : ['span.kind=client', 'span.kind=server'];
  return (
    <>
      <dl class="facts">
        <Numbers of={edge} />
        <dt>p50</dt>
        <dd>{milliseconds(edge.p50_ms)}</dd>
        <dt>p95</dt>
        <dd>{milliseconds(edge.p95_ms)}</dd>
      </dl>
      <p class="muted">{edge.messages ? 'Who takes a message does not keep the sender waiting.' : 'As the caller saw it.'}</p>
      <p class="row">
        {caller !== undefined && <LinkTo href={serviceLink('/traces', caller, range, [asks!])}>Traces with calls of {cut(caller, 40)}</LinkTo>}
        {called !== undefined && <LinkTo href={serviceLink('/traces', called, range, [answers!])}>Traces with answers of {cut(called, 40)}</LinkTo>}
        {called !== undefined && <LinkTo href={serviceLink('/operations', called, range)}>Operations of {cut(called, 40)}</LinkTo>}
      </p>
      <p class="row">
        {[edge.from, edge.to].map((id) => (
          <button type="button" key={id} onClick={() => onChoose(id)}>
            {nameOf(map, id)}
          </button>
        ))}
      </p>
    </>
  );
}

function Numbers({ of: { rate: often, count, errors } }: { of: Pick<MapEdge, 'rate' | 'count' | 'errors'> }) {
  return (
    <>
      <dt>Rate</dt>
      <dd>
        {rate(often)} <span class="muted">({counted(count, 'in all', 'in all')})</span>
      </dd>
      <dt>Errors</dt>
      <dd class={errors > 0 ? 'map-panel-failed' : undefined}>
        {share(errors, count)} {errors > 0 && `(${errors})`}
      </dd>
    </>
  );
}

function ServiceLinks({ service, failed }: { service: string; failed: boolean }) {
  const range = useRange();
  return (
    <p class="row">
      <LinkTo href={serviceLink('/traces', service, range)}>Traces</LinkTo>
      {failed && <LinkTo href={serviceLink('/traces', service, range, ['span.status=error'])}>With errors</LinkTo>}
      <LinkTo href={serviceLink('/operations', service, range)}>Operations</LinkTo>
      <LinkTo href={serviceLink('/logs', service, range)}>Logs</LinkTo>
    </p>
  );
}

function LinkTo({ href, children }: { href: string | undefined; children: ComponentChildren }) {
  if (href === undefined) return null;
  return (
    <a class="button" href={href}>
      {children}
    </a>
  );
}

function useRange(): QueryChange {
  const { query } = useAddress();
  return Object.fromEntries(rangeKeys.map((key) => [key, query.get(key) ?? undefined]));
}

/** More are in the table. */
const edgesShown = 30;

interface ListProps {
  title: string;
  edges: readonly MapEdge[];
  /** Which end of them is told. */
  end: 'from' | 'to';
  map: ServiceMap;
  onChoose: Props['onChoose'];
}

function EdgeList({ title, edges, end, map, onChoose }: ListProps) {
  if (edges.length === 0) return null;
  return (
    <section>
      <h3>{title}</h3>
      <ul>
        {edges.slice(0, edgesShown).map((edge) => (
          <li key={keyOf(edge)}>
            <button type="button" class="quiet map-panel-edge" onClick={() => onChoose(keyOf(edge))}>
              <span class="cut">{nameOf(map, edge[end])}</span>
              <span class={edge.errors > 0 ? 'map-panel-failed' : 'muted'}>
                {rate(edge.rate)}
                {edge.errors > 0 && ` · ${share(edge.errors, edge.count)} err`} · {milliseconds(edge.p95_ms)}
              </span>
            </button>
          </li>
        ))}
      </ul>
      {edges.length > edgesShown && <p class="muted">{edges.length - edgesShown} more in the table</p>}
    </section>
  );
}
