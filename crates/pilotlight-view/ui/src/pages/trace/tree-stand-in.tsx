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

export function TreeStandIn({ trace, tree, layout, selected }: TreeStandInProps) {
  const row = layout.rowOf[selected] ?? -1;
  if (selected < 0 || row < 0) return null;
  return (
    <div
      id="waterfall-selected"
      class="only-read"
      role="treeitem"
      aria-selected="true"
      aria-level={tree.depth[selected]! + 1}
      aria-expanded={hasChildren(tree, selected) ? layout.folded[selected] !== 1 : undefined}
      aria-posinset={row + 1}
      aria-setsize={layout.rows.length}
    >
      {describeSpan(trace, selected)}
    </div>
  );
}
