// The map as a table: every edge, and every node that has none; for screen readers, and for maps too large to be drawn.
import { useMemo } from 'preact/hooks';
import { cut, milliseconds, number, rate, share } from '../../parts/formats';
import { type Column, Table } from '../../parts/table';
import { type MapEdge, type MapNode, type ServiceMap, kindWord } from './drawing';
import { keyOf } from './keys';

interface Row {
  key: string;
  from: string;
  to: string;
  how: string;
  numbers: Pick<MapEdge, 'rate' | 'count' | 'errors' | 'p95_ms'> & { p50_ms: number | null };
}

interface Props {
  map: ServiceMap;
  chosen: string;
  onChoose: (key: string | undefined) => void;
}

export function MapTable({ map, chosen, onChoose }: Props) {
  const rows = useMemo(() => [...map.nodes.map(nodeRow), ...edgeRows(map)], [map]);
  return (
    <Table
      label="Nodes and edges of the service map"
      columns={columns}
      rows={rows}
      keyOf={({ key }) => key}
      selected={chosen}
      onOpen={({ key }) => onChoose(key === chosen ? undefined : key)}
    />
  );
}

function nodeRow(node: MapNode): Row {
  return { key: node.id, from: node.name, to: '', how: kindWord[node.kind], numbers: { ...node, p50_ms: null } };
}

function edgeRows({ nodes, edges }: ServiceMap): Row[] {
  const names = new Map(nodes.map(({ id, name }) => [id, name]));
  return edges.map((edge) => ({
    key: keyOf(edge),
    from: names.get(edge.from) ?? edge.from,
    to: names.get(edge.to) ?? edge.to,
    how: edge.messages ? 'sends to' : 'calls',
    numbers: edge,
  }));
}

const columns: readonly Column<Row>[] = [
  { key: 'from', head: 'Node', width: 'minmax(150px, 2fr)', cell: ({ from }) => <span title={cut(from, 300)}>{cut(from, 150)}</span> },
  { key: 'how', head: 'Is, or does', width: '110px', cell: ({ how }) => <span class="muted">{how}</span> },
  { key: 'to', head: 'To', width: 'minmax(150px, 2fr)', cell: ({ to }) => <span title={cut(to, 300)}>{cut(to, 150)}</span> },
  { key: 'rate', head: 'Rate', width: '90px', align: 'end', cell: ({ numbers }) => rate(numbers.rate) },
  { key: 'count', head: 'Count', width: '90px', align: 'end', cell: ({ numbers }) => number(numbers.count) },
  { key: 'errors', head: 'Errors', width: '90px', align: 'end', cell: Errors },
  { key: 'p50', head: 'p50', width: '80px', align: 'end', cell: ({ numbers }) => (numbers.p50_ms === null ? '' : milliseconds(numbers.p50_ms)) },
  { key: 'p95', head: 'p95', width: '80px', align: 'end', cell: ({ numbers }) => milliseconds(numbers.p95_ms) },
];

function Errors({ numbers: { errors, count } }: Row) {
  return <span class={errors > 0 ? 'map-panel-failed' : 'muted'}>{share(errors, count)}</span>;
}
