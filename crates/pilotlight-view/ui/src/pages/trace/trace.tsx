import { Page } from '../../parts/page';

export default function TracePage() {
  return <Page title="Trace">{null}</Page>;
}
