// The lines' names with their colours and values; each switches its line off and on.
import { valueAt } from './gaps';
import { allBut, toggled } from './hidden';
import { formatStep, type Span } from './span';
import { last } from './summary';
import { formatValue } from './units';
import type { Coloured } from './line-chart';

interface Props {
  lines: readonly Coloured[];
  unit: string;
  /** The step whose values are shown; the last ones without it. */
  step: number | null;
  span: Span;
  hidden: ReadonlySet<string>;
  onHidden: (hidden: ReadonlySet<string>) => void;
  /** Called with the line that is pointed at. */
  onPoint: (label: string | null) => void;
}

export function Legend({ lines, unit, step, span, hidden, onHidden, onPoint }: Props) {
  const toggle = (label: string, alone: boolean) => onHidden(alone ? allBut(label, lines, hidden) : toggled(label, hidden));
  return (
    <div class="legend">
      <span class="legend-time">{step === null ? 'last' : formatStep(span, step)}</span>
      <ul onMouseLeave={() => onPoint(null)}>
        {lines.map(({ label, values, colour }) => (
          <li key={label}>
            <button
              type="button"
              class="legend-line"
              aria-pressed={!hidden.has(label)}
              title={`${label.slice(0, 500)}\nClick to hide or show, with Alt or Shift to show it alone`}
              onClick={(event) => toggle(label, event.altKey || event.shiftKey)}
              onMouseEnter={() => onPoint(label)}
            >
              <i class="legend-colour" style={{ background: colour }} />
              <span class="legend-label">{label.slice(0, 120)}</span>
              <span class="legend-value">{formatValue(step === null ? last(values) : valueAt(values, step), unit)}</span>
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}
