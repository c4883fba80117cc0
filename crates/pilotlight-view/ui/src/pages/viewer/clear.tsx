// Letting go of what is held, after asking.
import { useRef, useState } from 'preact/hooks';
import { Refusal, post } from '../../api/client';
import { Notice, RefusalNotice } from '../../parts/notice';
import { askAgain } from '../../state/changes';
import { link } from '../../state/url';

const signals = ['traces', 'metrics', 'logs'] as const;
type Signal = (typeof signals)[number];

export function Clear() {
  const [chosen, setChosen] = useState<readonly Signal[]>(signals);
  const [outcome, setOutcome] = useState<'cleared' | Refusal>();
  const question = useRef<HTMLDialogElement>(null);
  const words = chosen.length === signals.length ? 'everything' : `all ${chosen.join(' and ')}`;

  const clear = async () => {
    question.current?.close();
    const path = link('/api/clear', { signals: chosen.length === signals.length ? undefined : chosen.join(',') });
    setOutcome(await post(path, undefined).then(() => 'cleared' as const, Refusal.of));
    askAgain();
  };
  return (
    <section class="card">
      <h2>Clear</h2>
      <p class="muted">Lets go of what is held, in memory and in the file. It cannot be had back; an export before can be imported again.</p>
      <fieldset class="row plain-set">
        <legend class="only-read">What to clear</legend>
        {signals.map((signal) => (
          <label key={signal} class="row field">
            <input
              type="checkbox"
              checked={chosen.includes(signal)}
              onChange={(event) => {
                const others = chosen.filter((one) => one !== signal);
                setChosen(event.currentTarget.checked ? signals.filter((one) => one === signal || others.includes(one)) : others);
              }}
            />
            {signal}
          </label>
        ))}
      </fieldset>
      <p>
        <button type="button" class="danger" disabled={chosen.length === 0} onClick={() => question.current?.showModal()}>
          Clear {words}…
        </button>
      </p>
      {outcome === 'cleared' && (
        <Notice kind="note" dismiss={() => setOutcome(undefined)}>
          Cleared.
        </Notice>
      )}
      {outcome instanceof Refusal && <RefusalNotice refusal={outcome} />}
      <dialog ref={question} aria-labelledby="clear-question">
        <h2 id="clear-question">Clear {words}?</h2>
        <p>What is held in memory and in the file is gone then.</p>
        <div class="row">
          <button type="button" class="danger" onClick={() => void clear()}>
            Clear {words}
          </button>
          <button type="button" autofocus onClick={() => question.current?.close()}>
            Keep it
          </button>
        </div>
      </dialog>
    </section>
  );
}
