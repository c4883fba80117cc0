// What a key does in the waterfall and in its table.

import type { Layout } from './layout';
import { hasChildren, type Tree } from './tree';

export type Action =
  | { to: 'span'; span: number }
  | { to: 'fold'; span: number }
  | { to: 'zoom'; factor: number }
  | { to: 'pan'; part: number }
  | { to: 'fit' | 'fitSpan' | 'open' | 'close' | 'find' | 'unfoldAll' | 'foldAll' };

export interface Pressed {
  key: string;
  shiftKey: boolean;
  ctrlKey: boolean;
  altKey: boolean;
  metaKey: boolean;
}

const PLAIN = new Map<string, Action>([
  ['Enter', { to: 'open' }],
  ['Escape', { to: 'close' }],
  ['+', { to: 'zoom', factor: 0.5 }],
  ['=', { to: 'zoom', factor: 0.5 }],
  ['-', { to: 'zoom', factor: 2 }],
  ['0', { to: 'fit' }],
  ['z', { to: 'fitSpan' }],
  ['/', { to: 'find' }],
  ['*', { to: 'unfoldAll' }],
  ['_', { to: 'foldAll' }],
]);

/** Null for keys that mean nothing here, so that the browser has them. */
export function actionOf(pressed: Pressed, layout: Layout, tree: Tree, errors: readonly number[], at: number, page: number): Action | null {
  if (pressed.ctrlKey || pressed.altKey || pressed.metaKey) return null;
  if (pressed.shiftKey && pressed.key === 'ArrowLeft') return { to: 'pan', part: -0.25 };
  if (pressed.shiftKey && pressed.key === 'ArrowRight') return { to: 'pan', part: 0.25 };
  return PLAIN.get(pressed.key) ?? moved(pressed.key, layout, page, at) ?? sideways(pressed.key, layout, tree, at) ?? nextError(pressed.key, errors, at);
}

function moved(key: string, layout: Layout, page: number, at: number): Action | null {
  const step = stepOf(key, page);
  if (step === undefined || layout.rows.length === 0) return null;
  const row = layout.rowOf[at] ?? -1;
  // With nothing selected, down begins with the first row.
  const wanted = row < 0 && step > 0 && step < Infinity ? 0 : Math.max(0, row) + step;
  const last = layout.rows.length - 1;
  return { to: 'span', span: layout.rows[Math.min(last, Math.max(0, wanted))]! };
}

function stepOf(key: string, page: number): number | undefined {
  switch (key) {
    case 'ArrowDown':
    case 'j':
      return 1;
    case 'ArrowUp':
    case 'k':
      return -1;
    case 'PageDown':
      return page;
    case 'PageUp':
      return -page;
    case 'Home':
      return -Infinity;
    case 'End':
      return Infinity;
    default:
      return undefined;
  }
}

/** As in any tree: left closes, then goes to the parent; right opens, then goes to the first child. */
function sideways(key: string, layout: Layout, tree: Tree, at: number): Action | null {
  const left = key === 'ArrowLeft' || key === 'h';
  if ((!left && key !== 'ArrowRight' && key !== 'l') || at < 0) return null;
  const folded = layout.folded[at] === 1;
  if (left) {
    if (hasChildren(tree, at) && !folded) return { to: 'fold', span: at };
    const above = tree.parent[at]!;
    return above >= 0 && layout.rowOf[above]! >= 0 ? { to: 'span', span: above } : null;
  }
  if (!hasChildren(tree, at)) return null;
  if (folded) return { to: 'fold', span: at };
  const next = layout.rows[layout.rowOf[at]! + 1];
  return next !== undefined && next < tree.end[at]! ? { to: 'span', span: next } : null;
}

function nextError(key: string, errors: readonly number[], at: number): Action | null {
  if (errors.length === 0) return null;
  if (key === 'e') return { to: 'span', span: errors.find((error) => error > at) ?? errors[0]! };
  if (key !== 'E') return null;
  const before = errors.filter((error) => error < at);
  return { to: 'span', span: before[before.length - 1] ?? errors[errors.length - 1]! };
}
