import { Page } from '../../parts/page';

export default function FindingsPage() {
  return <Page title="Findings">{null}</Page>;
}
