import { Page } from '../../parts/page';

export default function MetricsPage() {
  return <Page title="Metrics">{null}</Page>;
}
