// How large the parts of a waterfall are, CSS pixels.

/** Tall enough for a line of 12-pixel text and for a finger's neighbour to be missed. */
export const ROW = 24;
/** A bar in its row; log marks have the room above it, the critical path the room below. */
export const BAR_TOP = 7;
export const BAR = 11;
/** Nothing is drawn narrower: a span of a nanosecond is seen too. */
export const NARROWEST_BAR = 2;
export const RULER = 24;
export const MINIMAP = 48;
export const GUTTER_LEAST = 140;
/** Room to the right of the last bar for its duration. */
export const MARGIN = 64;

/** How far each level is indented: less in deep traces, so that names keep half of the gutter. */
export function indentStep(gutter: number, deepest: number): number {
  return Math.min(14, Math.max(2, (gutter * 0.45) / Math.max(1, deepest)));
}

/** Where a row's name begins. */
export function indent(gutter: number, deepest: number, depth: number): number {
  return 6 + Math.min(depth * indentStep(gutter, deepest), gutter * 0.6);
}
