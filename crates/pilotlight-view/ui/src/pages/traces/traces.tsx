import { Page } from '../../parts/page';

export default function TracesPage() {
  return <Page title="Traces">{null}</Page>;
}
