// A chart's values as a table: a row for each step that has any, the newest first.
import { formatStep, type Span } from './span';
import type { Told } from './summary';
import { formatValue } from './units';

export interface Values {
  lines: readonly Told[];
  unit: string;
  span: Span;
}

/** More columns are neither read nor quickly drawn. */
const columns = 12;

export function ValueTable({ lines, unit, span }: Values) {
  const shown = lines.slice(0, columns);
  const steps = Array.from({ length: span.steps }, (_, i) => span.steps - 1 - i).filter((step) =>
    shown.some(({ values }) => (values[step] ?? null) !== null),
  );
  return (
    <div class="chart-values" tabIndex={0} role="region" aria-label="Values">
      {lines.length > columns && <p>The first {columns} of {lines.length} lines.</p>}
      <table>
        <thead>
          <tr>
            <th scope="col">Time</th>
            {shown.map(({ label }) => (
              <th scope="col">{label.slice(0, 120)}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {steps.map((step) => (
            <tr key={step}>
              <th scope="row">{formatStep(span, step)}</th>
              {shown.map(({ values }) => (
                <td>{formatValue(values[step], unit)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
