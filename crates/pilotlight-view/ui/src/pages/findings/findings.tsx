// What is wrong with what was received: each with its evidence, its cause and the next thing to do.
import type { Schema } from '../../api/client';
import { FindingChip } from '../../parts/chips';
import { CopyButton } from '../../parts/copy';
import { Empty } from '../../parts/empty';
import { counted, cut, number } from '../../parts/formats';
import { Loading, RefusalNotice } from '../../parts/notice';
import { Page } from '../../parts/page';
import { LiveSwitch } from '../../parts/time-range';
import { useAnswer } from '../../state/answer';
import { isOwnPath } from '../../state/url';

export default function FindingsPage() {
  const asked = useAnswer('/api/findings', {});
  const { answer, refusal } = asked;
  const losses = useAnswer('/api/losses', {});
  return (
    <Page
      title="Findings"
      aside={answer && <span>{counted(answer.findings.length, 'thing')} about your telemetry</span>}
      tools={<LiveSwitch />}
    >
      <RefusalNotice refusal={refusal ?? losses.refusal} />
      <Loading asked={asked} />
      {answer?.findings.length === 0 && (
        <Empty title="Nothing found">
          <p>What was received so far looks as it should.</p>
        </Empty>
      )}
      <ol class="findings">
        {answer?.findings.map((finding, at) => (
          <li key={`${finding.id} ${at}`}>
            <FindingCard finding={finding} />
          </li>
        ))}
      </ol>
      {losses.answer && <Losses list={losses.answer} />}
      {answer && answer.checked.length > 0 && (
        <details class="card">
          <summary>What was looked for ({number(answer.checked.length)})</summary>
          <ul class="bullets">
            {answer.checked.map((check) => (
              <li key={check}>{check}</li>
            ))}
          </ul>
        </details>
      )}
    </Page>
  );
}

/** One finding in full. */
export function FindingCard({ finding }: { finding: Schema<'Finding'> }) {
  return (
    <article class={`card finding finding-${finding.severity}`}>
      <header>
        <h2>{cut(finding.title, 300)}</h2>
        <FindingChip severity={finding.severity} />
      </header>
      <p>{cut(finding.cause, 1000)}</p>
      {finding.evidence.length > 0 && (
        <ul class="evidence mono" aria-label="Evidence">
          {finding.evidence.slice(0, 12).map((one, at) => (
            <li key={at}>{cut(one, 300)}</li>
          ))}
          {finding.evidence.length > 12 && <li>and {number(finding.evidence.length - 12)} more</li>}
        </ul>
      )}
      <p class="next">
        <strong>Next: </strong>
        {cut(finding.next, 1000)}
        <CopyButton text={finding.next} what="what to do next" />
      </p>
      {finding.link != null && isOwnPath(finding.link) && (
        <p>
          <a href={finding.link}>Show me</a>
        </p>
      )}
    </article>
  );
}

const rows = 200;

function Losses({ list }: { list: Schema<'LossList'> }) {
  const shown = list.losses.slice(0, rows);
  const more = list.losses.length - shown.length + list.left_out;
  return (
    <section class="card">
      <h2>What senders say they have lost</h2>
      {list.losses.length === 0 ? (
        <p class="muted">
          {list.services_that_tell.length === 0
            ? 'No service tells of its own losses (otel.sdk.* metrics); of these nobody knows.'
            : `Nothing, say ${cut(list.services_that_tell.join(', '), 300)}. Of other services nobody knows.`}
        </p>
      ) : (
        <div class="scroll">
          <table class="plain">
            <thead>
              <tr>
                <th scope="col">Service</th>
                <th scope="col" class="number">
                  Lost
                </th>
                <th scope="col">Why</th>
                <th scope="col">Where</th>
                <th scope="col">What to do</th>
              </tr>
            </thead>
            <tbody>
              {shown.map((loss, at) => (
                <tr key={at}>
                  <td>
                    {cut(loss.service, 100)}
                    {loss.instance != null && <div class="muted">{cut(loss.instance, 60)}</div>}
                  </td>
                  <td class="number">
                    {number(loss.count)} {cut(loss.what, 40)}
                  </td>
                  <td>{cut(loss.reason, 100)}</td>
                  <td class="mono">{cut(loss.component, 100)}</td>
                  <td>{cut(loss.advice, 500)}</td>
                </tr>
              ))}
            </tbody>
          </table>
          {more > 0 && <p class="muted">{`${counted(more, 'more loss', 'more losses')}, ${counted(list.lost, 'item')} in all.`}</p>}
        </div>
      )}
    </section>
  );
}
