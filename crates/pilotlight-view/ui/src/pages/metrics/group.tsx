// Which keys make a line of their own for each of their values; without any, each series is a line.
import { cut } from '../../parts/formats';
import { changeQuery } from '../../state/url';

interface Props {
  /** Keys that the metric's series have. */
  keys: readonly string[];
  chosen: readonly string[];
}

export function GroupChoice({ keys, chosen }: Props) {
  const choose = (keys: readonly string[]) => changeQuery({ group: keys.join(',') });
  // A comma separates keys in the question: such a key cannot be asked for.
  const others = keys.filter((key) => !chosen.includes(key) && !key.includes(',') && key.length < 300);
  return (
    <div class="row" role="group" aria-label="Group by">
      <span class="muted">Group by</span>
      {chosen.map((key) => (
        <span key={key} class="chip mono">
          {cut(key, 60)}
          <button
            type="button"
            class="chip-remove"
            aria-label={`Do not group by ${cut(key, 60)}`}
            onClick={() => choose(chosen.filter((other) => other !== key))}
          >
            ×
          </button>
        </span>
      ))}
      <select
        aria-label={chosen.length === 0 ? 'Group by a key' : 'Group by one key more'}
        value=""
        disabled={others.length === 0}
        onChange={(event) => choose([...chosen, event.currentTarget.value])}
      >
        <option value="">{chosen.length === 0 ? 'each series' : '+ key'}</option>
        {others.slice(0, 500).map((key) => (
          <option key={key} value={key}>
            {cut(key, 80)}
          </option>
        ))}
      </select>
    </div>
  );
}
