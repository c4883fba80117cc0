// What was refused, and what was taken though others would not.
import type { Schema } from '../../api/client';
import { cut, moment, number } from '../../parts/formats';
import { incidentWords } from '../../parts/trouble';

type State = Schema<'State'>;

export function Refused({ state }: { state: State }) {
  const counts = Object.entries(state.incidents) as [Schema<'IncidentKind'>, number][];
  const newest = state.newest_incidents.slice(-100).reverse();
  return (
    <section class="card">
      <h2>Refused, or taken though others would not</h2>
      {counts.length === 0 ? (
        <p class="muted">Nothing since the start.</p>
      ) : (
        <ul class="row">
          {counts.map(([kind, count]) => (
            <li key={kind} class={kind === 'wrong-port' ? 'chip' : 'chip chip-warning'}>
              {number(count)} {incidentWords[kind] ?? kind}
            </li>
          ))}
        </ul>
      )}
      {newest.length > 0 && (
        <div class="scroll">
          <table class="plain">
            <thead>
              <tr>
                <th scope="col">When</th>
                <th scope="col">What</th>
                <th scope="col">Port</th>
                <th scope="col">Seen</th>
                <th scope="col">Sender</th>
              </tr>
            </thead>
            <tbody>
              {newest.map((entry, at) => (
                <tr key={newest.length - at}>
                  <td class="mono">{moment(entry.unix_ms)}</td>
                  <td>
                    {incidentWords[entry.kind] ?? entry.kind}
                    {entry.times > 1 && <span class="muted"> × {number(entry.times)}</span>}
                  </td>
                  <td class="mono">{entry.port}</td>
                  <td>{cut(entry.detail, 300)}</td>
                  <td class="muted">{cut(entry.user_agent ?? '', 120)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}
