import { Page } from '../../parts/page';

export default function LogsPage() {
  return <Page title="Logs">{null}</Page>;
}
