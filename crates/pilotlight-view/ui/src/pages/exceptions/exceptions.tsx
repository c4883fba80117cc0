import { Page } from '../../parts/page';

export default function ExceptionsPage() {
  return <Page title="Exceptions">{null}</Page>;
}
