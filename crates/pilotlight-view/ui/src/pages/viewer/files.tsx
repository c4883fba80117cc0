// Telemetry into files and out of them: lines of OTLP/JSON.
import { useEffect, useRef, useState } from 'preact/hooks';
import { Refusal, type Schema, post } from '../../api/client';
import { bytes, counted, cut, number } from '../../parts/formats';
import { Notice } from '../../parts/notice';
import { askAgain } from '../../state/changes';
import { link } from '../../state/url';

type Imported = Schema<'Imported'>;

interface Outcome {
  readonly file: string;
  readonly imported?: Imported;
  readonly refusal?: Refusal;
}

export function Files() {
  const [underWay, setUnderWay] = useState<string>();
  const [outcomes, setOutcomes] = useState<readonly Outcome[]>([]);
  const [over, setOver] = useState(false);
  const picker = useRef<HTMLInputElement>(null);
  useEffect(keepDropsHere, []);

  const take = async (files: readonly File[]) => {
    setOutcomes([]);
    for (const file of files) {
      setUnderWay(`${cut(file.name, 100)} (${bytes(file.size)})`);
      const outcome = await post<Imported>('/api/import', file).then(
        (imported): Outcome => ({ file: file.name, imported }),
        (cause: unknown): Outcome => ({ file: file.name, refusal: Refusal.of(cause) }),
      );
      setOutcomes((before) => [...before, outcome]);
    }
    setUnderWay(undefined);
    askAgain();
  };
  return (
    <section class="card">
      <h2>Files</h2>
      <p class="muted">Lines of OTLP/JSON, one request a line, as a Collector’s file exporter writes them; gzip too.</p>
      <div
        class={over ? 'drop drop-over' : 'drop'}
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={(event) => {
          event.preventDefault();
          setOver(false);
          void take([...(event.dataTransfer?.files ?? [])]);
        }}
      >
        <button type="button" disabled={underWay !== undefined} onClick={() => picker.current?.click()}>
          Import files…
        </button>
        <span class="muted">or drop them here</span>
        <input
          ref={picker}
          type="file"
          class="only-read"
          tabIndex={-1}
          aria-hidden="true"
          multiple
          onChange={(event) => {
            const input = event.currentTarget;
            void take([...(input.files ?? [])]).then(() => (input.value = ''));
          }}
        />
      </div>
      <div role="status">{underWay !== undefined && <p>Importing {underWay} …</p>}</div>
      {outcomes.map((outcome, at) => (
        <OutcomeNotice key={at} outcome={outcome} />
      ))}
      <h3>Export</h3>
      <p class="row">
        {/* The API names the file. */}
        <a class="button" href="/api/export" download>
          Everything
        </a>
        {(['traces', 'metrics', 'logs'] as const).map((signals) => (
          <a key={signals} class="button" href={link('/api/export', { signals })} download>
            {signals[0]?.toUpperCase() + signals.slice(1)}
          </a>
        ))}
      </p>
    </section>
  );
}

function OutcomeNotice({ outcome: { file, imported, refusal } }: { outcome: Outcome }) {
  const name = cut(file, 100);
  if (refusal) {
    return (
      <Notice kind="error" title={name}>
        {refusal.message}
      </Notice>
    );
  }
  if (!imported) return null;
  const { spans, logs, points, rejected, faults, faults_left_out: leftOut } = imported;
  const whole = rejected === 0 && faults.length === 0;
  return (
    <Notice kind={whole ? 'note' : 'warning'} title={name}>
      {counted(spans, 'span')}, {counted(logs, 'log record')} and {counted(points, 'data point')} taken
      {rejected > 0 && `, ${number(rejected)} refused`}.
      {faults.length > 0 && (
        <ul class="bullets">
          {faults.map((fault, at) => (
            <li key={at}>
              Line {number(fault.line)}: {cut(fault.message, 300)}
            </li>
          ))}
          {leftOut > 0 && <li>and {number(leftOut)} more</li>}
        </ul>
      )}
    </Notice>
  );
}

/** A file that is dropped beside its place would otherwise replace the page. Returns how to stop. */
function keepDropsHere(): () => void {
  const keep = (event: DragEvent) => event.preventDefault();
  document.addEventListener('dragover', keep);
  document.addEventListener('drop', keep);
  return () => {
    document.removeEventListener('dragover', keep);
    document.removeEventListener('drop', keep);
  };
}
