// What is laid out, and what comes of it.

/** Something with a size and a name of its own. */
export interface Box {
  id: string;
  width: number;
  height: number;
}

/** A way from a box to a box, with room for its label. A way from a box to itself is drawn beside it and needs no place. */
export interface Way {
  from: string;
  to: string;
  labelWidth: number;
  labelHeight: number;
}

export interface Point {
  x: number;
  y: number;
}

/** Where a box's centre is. */
export interface PlacedBox extends Box, Point {}

export interface PlacedWay extends Way {
  /** Which one it is, as a position in what came in. */
  index: number;
  /** From one box's side to the other's, in the direction of the way. */
  points: Point[];
  /** The label's centre. */
  label: Point;
}

export interface Layout {
  /** In the order they came in. */
  boxes: PlacedBox[];
  /** In the order they came in, without those from a box to itself. */
  ways: PlacedWay[];
  width: number;
  height: number;
}

/** The same with numbers for names, as the steps of the layout use it: no ways from a box to itself, no strangers. */
export interface Graph {
  boxes: Box[];
  edges: Edge[];
}

export interface Edge {
  from: number;
  to: number;
  /** Which way this is, as a position in what came in. */
  way: number;
  labelWidth: number;
  labelHeight: number;
}
