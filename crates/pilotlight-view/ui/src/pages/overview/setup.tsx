// How to send telemetry here: where it listens, and what to copy into a program in each language.
import { useMemo } from 'preact/hooks';
import type { Schema } from '../../api/client';
import { CopyButton } from '../../parts/copy';
import { cut, number } from '../../parts/formats';
import { Notice } from '../../parts/notice';
import { Tabs } from '../../parts/tabs';
import { incidentWords } from '../../parts/trouble';
import { useUrlState } from '../../state/url';
import { endpointOf, listeningInWords, snippetsFor } from './snippets';

/** The first thing that a newcomer sees. */
export function Waiting({ state }: { state: Schema<'State'> }) {
  return (
    <>
      <div class="waiting" role="status">
        <span class="waiting-light" aria-hidden="true" />
        <div>
          <h2>Waiting for telemetry</h2>
          <p class="muted">
            Listening on <code>{listeningInWords(state.listening)}</code>: gRPC, HTTP/protobuf and HTTP/JSON on each. This page changes by itself when something comes.
          </p>
        </div>
      </div>
      <Knocks state={state} />
      <section class="card">
        <h2>Send something</h2>
        <Snippets state={state} />
      </section>
      <p class="muted">
        Nothing comes although it should? <code>pilotlight doctor</code> in the service’s folder says why.
      </p>
    </>
  );
}

/** Something knocked and was turned away: more than nothing, and the best hint there is. */
function Knocks({ state }: { state: Schema<'State'> }) {
  const newest = state.newest_incidents.filter(({ kind }) => kind !== 'wrong-port').slice(-3).reverse();
  if (newest.length === 0) return null;
  return (
    <Notice kind="warning" title="Something came, but could not be taken:">
      <ul class="bullets">
        {newest.map((entry, at) => (
          <li key={at}>
            {incidentWords[entry.kind] ?? entry.kind} on port {number(entry.port).replace(',', '')}: <code>{cut(entry.detail, 300)}</code>
            {entry.user_agent != null && <span class="muted"> from {cut(entry.user_agent, 100)}</span>}
          </li>
        ))}
      </ul>
      <a href="/viewer">All of it</a>
    </Notice>
  );
}

export function Snippets({ state }: { state: Schema<'State'> }) {
  const [key, choose] = useUrlState('setup', 'env');
  const endpoint = endpointOf(state.listening);
  const needsToken = state.senders_need_token;
  const snippets = useMemo(() => snippetsFor(endpoint, needsToken, randomHex(16), randomHex(8)), [endpoint, needsToken]);
  const shown = snippets.find((snippet) => snippet.key === key) ?? snippets[0];
  if (!shown) return null;
  return (
    <Tabs label="Languages" tabs={snippets} chosen={shown.key} onChoose={(key) => choose(key, 'replace')}>
      <p class="muted">{shown.words}</p>
      <div class="snippet">
        <pre>{shown.text}</pre>
        <CopyButton text={shown.text} what={`the text for ${shown.label}`} words="Copy" />
      </div>
    </Tabs>
  );
}

function randomHex(bytes: number): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(bytes)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
