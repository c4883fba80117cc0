// By which instrumentation a span was made and how it came here.

import { Attributes } from '../../parts/attributes';
import { cut } from '../../parts/formats';
import { Fact } from './panel';
import type { SpanDetail } from './types';

export function SpanOrigin({ detail }: { detail: SpanDetail }) {
  const { scope, resource } = detail;
  return (
    <>
      <dl class="span-facts">
        <Fact name="Scope">
          {cut(scope.name, 200) || <span class="muted">not named</span>} <span class="muted">{cut(scope.version, 60)}</span>
        </Fact>
        {scope.schema_url !== '' && <Fact name="Its schema">{cut(scope.schema_url, 200)}</Fact>}
        {resource.schema_url !== '' && <Fact name="Resource’s schema">{cut(resource.schema_url, 200)}</Fact>}
        <Fact name="Flags">
          {flagWords(detail.flags)} <span class="muted mono">{detail.flags.toString(16).padStart(2, '0')}</span>
        </Fact>
        {detail.trace_state !== '' && <Fact name="Trace state">{cut(detail.trace_state, 500)}</Fact>}
        <Fact name="Arrival">{detail.arrival == null ? <span class="muted">read again from the file</span> : cut(detail.arrival, 300)}</Fact>
      </dl>
      {scope.attributes.length > 0 && <Attributes label="Scope attributes" attributes={scope.attributes} filterPath="none" />}
    </>
  );
}

/** The bits of OTLP's span flags that say something: sampled, and whether the parent was remote. */
function flagWords(flags: number): string {
  const words = [flags & 1 ? 'sampled' : 'not marked as sampled'];
  if (flags & 0x100) words.push(flags & 0x200 ? 'remote parent' : 'local parent');
  return words.join(', ');
}
