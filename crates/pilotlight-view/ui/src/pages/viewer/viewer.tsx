import { Page } from '../../parts/page';

export default function ViewerPage() {
  return <Page title="Viewer">{null}</Page>;
}
