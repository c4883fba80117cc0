import { Page } from '../../parts/page';

export default function ResourcesPage() {
  return <Page title="Resources">{null}</Page>;
}
