// What is around every page: navigation, theme, the state of the connection, and which page is shown.
import { useEffect } from 'preact/hooks';
import { Banner } from './parts/banner';
import { Navigation } from './parts/navigation';
import { Page } from './parts/page';
import { match } from './routes';
import { useAnswer } from './state/answer';
import { followLinks, useAddress } from './state/url';

/** What is around the page is not what it is looked at for. */
const slowly = { restMs: 5000 };

export function Shell() {
  const { path } = useAddress();
  useEffect(followLinks, []);
  const state = useAnswer('/api/state', {}, slowly).answer;
  const losses = useAnswer('/api/losses', {}, slowly).answer;
  const findings = useAnswer('/api/findings', {}, slowly).answer;
  return (
    <div class="shell">
      <a class="skip" href="#content">
        Skip to the content
      </a>
      <Navigation path={path} findings={findings?.findings} />
      <main id="content" class="content" tabIndex={-1}>
        <Banner state={state} losses={losses} />
        <Routed path={path} />
      </main>
    </div>
  );
}

function Routed({ path }: { path: string }) {
  const route = match(path)?.route;
  // One page's state is not another's: each begins anew.
  return route ? <route.Content key={route.path} /> : <NotThere path={path} />;
}

function NotThere({ path }: { path: string }) {
  return (
    <Page title="No such page">
      <p>
        There is nothing at <code>{path.slice(0, 200)}</code>. <a href="/">To the overview</a>
      </p>
    </Page>
  );
}
