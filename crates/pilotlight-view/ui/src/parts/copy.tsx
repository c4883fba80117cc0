// A button that copies a text, and says that it has.
import { useEffect, useState } from 'preact/hooks';

interface Props {
  readonly text: string;
  /** What is copied, for the button's name: `trace id`. */
  readonly what: string;
  /** Shows words beside the sign. */
  readonly words?: string;
}

export function CopyButton({ text, what, words }: Props) {
  const [state, setState] = useState<'idle' | 'done' | 'failed'>('idle');
  useEffect(() => {
    if (state === 'idle') return;
    const timer = setTimeout(() => setState('idle'), 1500);
    return () => clearTimeout(timer);
  }, [state]);
  const copy = () =>
    toClipboard(text).then(
      () => setState('done'),
      () => setState('failed'),
    );
  return (
    <button type="button" class="quiet copy" onClick={copy} title={`Copy ${what}`} aria-label={`Copy ${what}`}>
      <svg viewBox="0 0 16 16" width="14" height="14" aria-hidden="true">
        <path d={state === 'done' ? 'M3 8.500l3.500 3.500L13 4.500' : 'M5.500 5.500h8v8h-8zM3 10.500H2.500v-8h8V3'} />
      </svg>
      {words !== undefined && <span>{state === 'done' ? 'Copied' : words}</span>}
      <span class="only-read" role="status">
        {state === 'done' ? 'Copied' : state === 'failed' ? 'Could not be copied' : ''}
      </span>
    </button>
  );
}

/** Browsers without a clipboard (a page that is neither loopback nor encrypted) still copy what is selected. */
async function toClipboard(text: string): Promise<void> {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const area = document.createElement('textarea');
  area.value = text;
  document.body.append(area);
  area.select();
  const copied = document.execCommand('copy');
  area.remove();
  if (!copied) throw new Error('refused');
}
