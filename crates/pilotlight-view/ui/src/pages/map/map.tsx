// Who calls whom, with rate, error share and duration on each edge. In the address: `filter`, `selected`, and `as=table`.
import { useMemo } from 'preact/hooks';
import './map.css';
import { Empty } from '../../parts/empty';
import { FilterBar } from '../../parts/filter-bar';
import { counted } from '../../parts/formats';
import { Notice } from '../../parts/notice';
import { Page } from '../../parts/page';
import { Tabs } from '../../parts/tabs';
import { TimeTools } from '../../parts/time-range';
import { useAnswer } from '../../state/answer';
import { useTimeRange } from '../../state/range';
import { useUrlState } from '../../state/url';
import { type ServiceMap, busy, edgesMax, nodesMax } from './drawing';
import { selected } from './keys';
import { MapDrawing } from './map-drawing';
import { MapTable } from './map-table';
import { Panel } from './panel';

export default function MapPage() {
  const [filter, setFilter] = useUrlState('filter');
  const { question: range } = useTimeRange();
  const { answer, refusal } = useAnswer('/api/map', { ...range, filter });
  const map = useMemo(() => answer && busy(answer), [answer]);
  const aside = map && `${counted(map.nodes.length, 'node')}, ${counted(map.edges.length, 'edge')}`;
  return (
    <Page title="Map" aside={aside} tools={<TimeTools />} full>
      <FilterBar signal="traces" filter={filter} onApply={(filter) => setFilter(filter)} refusal={refusal} />
      {map && !map.complete && <Notice kind="note">Not everything in this range was looked at: a shorter range is answered in full.</Notice>}
      {map && map.edges_left_out > 0 && <Notice kind="note">About {counted(map.edges_left_out, 'more edge')} left out: narrow the filter or the time.</Notice>}
      {map && (map.nodes.length === 0 ? <NoMap filtered={filter !== ''} /> : <Shown map={map} />)}
    </Page>
  );
}

const tabs = [
  { key: 'drawing', label: 'Drawing' },
  { key: 'table', label: 'Table' },
] as const;

function Shown({ map }: { map: ServiceMap }) {
  const [as, setAs] = useUrlState('as', 'drawing');
  const [key, setKey] = useUrlState('selected');
  const chosen = selected(map, key);
  const table = as === 'table';
  return (
    <div class={chosen ? 'map map-with-panel' : 'map'}>
      <Tabs label="Map as" tabs={tabs} chosen={table ? 'table' : 'drawing'} onChoose={(as) => setAs(as)}>
        {!table && <LeftOut map={map} />}
        {table ? <MapTable map={map} chosen={key} onChoose={setKey} /> : <MapDrawing map={map} chosen={key} onChoose={setKey} />}
      </Tabs>
      {chosen && <Panel map={map} chosen={chosen} onChoose={setKey} />}
    </div>
  );
}

function LeftOut({ map: { nodes, edges } }: { map: ServiceMap }) {
  if (nodes.length <= nodesMax && edges.length <= edgesMax) return null;
  return (
    <Notice kind="note">
      Only the busiest {nodesMax} nodes and {edgesMax} edges are drawn. The table has the others.
    </Notice>
  );
}

function NoMap({ filtered }: { filtered: boolean }) {
  return (
    <Empty title={filtered ? 'No calls like that' : 'No services yet'}>
      <p>The map is drawn from spans: services by their service.name, calls from client and server spans that belong together.</p>
    </Empty>
  );
}
