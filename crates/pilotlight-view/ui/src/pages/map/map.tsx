import { Page } from '../../parts/page';

export default function MapPage() {
  return <Page title="Map">{null}</Page>;
}
