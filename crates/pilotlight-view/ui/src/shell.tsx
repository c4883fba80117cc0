// What is around every page: navigation, theme, the state of the connection, and which page is shown.
import type { ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { Banner } from './parts/banner';
import { Navigation } from './parts/navigation';
import { Page } from './parts/page';
import { Notice } from './parts/notice';
import { type Route, match } from './routes';
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

type Loaded = { route: Route; Content: ComponentType } | { route: Route; failure: string };

function Routed({ path }: { path: string }) {
  const route = match(path)?.route;
  const [loaded, setLoaded] = useState<Loaded>();
  useEffect(() => {
    if (!route) return;
    let left = false;
    route.load().then(
      (module) => !left && setLoaded({ route, Content: module.default }),
      (cause: unknown) => !left && setLoaded({ route, failure: String(cause) }),
    );
    return () => {
      left = true;
    };
  }, [route]);
  if (!route) return <NotThere path={path} />;
  // Until the next page is loaded the one before stays: a blank in between would only flicker.
  if (!loaded) return null;
  if ('failure' in loaded) {
    return (
      <Page title={loaded.route.title}>
        <Notice kind="error" title="This page could not be loaded">
          {loaded.failure}. Is <code>pilotlight view</code> still running? Load the page again when it is.
        </Notice>
      </Page>
    );
  }
  return <loaded.Content key={loaded.route.path} />;
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
