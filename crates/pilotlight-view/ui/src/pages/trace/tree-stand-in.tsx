// What a screen reader finds in the waterfall, whose canvas it cannot read: the selected span as an item of the tree, in words. Moving
// with the arrow keys reads one span after the other. All spans at once are in the table.

import { describeSpan } from './describe';
import type { Layout } from './layout';
import { hasChildren, type Tree } from './tree';
import type { Trace } from './types';

export interface TreeStandInProps {
  trace: Trace;
  tree: Tree;
  layout: Layout;
  selected: number;
}

/** The item's id, for `aria-activedescendant`. */
export const STAND_IN = 'waterfall-selected';

export function TreeStandIn({ trace, tree, layout, selected }: TreeStandInProps) {
  const isShown = (layout.rowOf[selected] ?? -1) >= 0;
  // With nothing selected the first row stands for what is there.
  const at = isShown ? selected : layout.rows[0];
  if (at === undefined) return null;
  return (
    <div
      id={STAND_IN}
      class="only-read"
      role="treeitem"
      aria-selected={isShown}
      aria-level={tree.depth[at]! + 1}
      aria-expanded={hasChildren(tree, at) ? layout.folded[at] !== 1 : undefined}
      aria-posinset={layout.rowOf[at]! + 1}
      aria-setsize={layout.rows.length}
    >
      {describeSpan(trace, at)}
    </div>
  );
}
