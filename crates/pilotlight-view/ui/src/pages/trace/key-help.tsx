// Which keys do what, in a line below the waterfall.

import type { Tab } from './view';

const COMMON: readonly [string, string][] = [
  ['↑ ↓ j k', 'move'],
  ['← →', 'fold, unfold'],
  ['enter', 'open'],
  ['e', 'next error'],
  ['/', 'find'],
  ['* _', 'all open, all folded'],
];
const TIME: readonly [string, string][] = [
  ['+ − 0', 'zoom, fit'],
  ['z', 'zoom to span'],
  ['shift ← →', 'earlier, later'],
];

export function Keys({ tab }: { tab: Tab }) {
  if (tab !== 'waterfall' && tab !== 'table') return null;
  const keys = tab === 'waterfall' ? [...COMMON, ...TIME] : COMMON;
  return (
    <footer class="key-help muted">
      {keys.map(([key, what]) => (
        <span key={key}>
          <kbd>{key}</kbd> {what}
        </span>
      ))}
    </footer>
  );
}
