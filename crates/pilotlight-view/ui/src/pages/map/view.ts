// Which part of the map is seen: moved and scaled. Pure, so that fingers, wheel and keys all end here.

export interface View {
  /** Where the map's origin is on the screen, pixels. */
  x: number;
  y: number;
  scale: number;
}

export interface Size {
  width: number;
  height: number;
}

const scaleMin = 0.08;
const scaleMax = 3;
const margin = 24;
/** What the shapes mean is told at the lower edge. */
const legend = 36;

/** All of the map, in the middle, and never larger than life. */
export function fitted(map: Size, screen: Size): View {
  const wide = (screen.width - 2 * margin) / Math.max(1, map.width);
  const high = (screen.height - 2 * margin - legend) / Math.max(1, map.height);
  const scale = clamp(Math.min(1, wide, high));
  return { scale, x: (screen.width - map.width * scale) / 2, y: (screen.height - legend - map.height * scale) / 2 };
}

/** Scaled around a place of the screen, which stays where it is. */
export function zoomedAt(view: View, x: number, y: number, factor: number): View {
  const scale = clamp(view.scale * factor);
  const by = scale / view.scale;
  return { scale, x: x - (x - view.x) * by, y: y - (y - view.y) * by };
}

export function moved(view: View, x: number, y: number): View {
  return { ...view, x: view.x + x, y: view.y + y };
}

/** Below this scale a name cannot be read. */
const readable = 0.6;

/** Moved just so far that a place of the map is seen, and near enough to read what is there. */
export function showing(view: View, x: number, y: number, screen: Size): View {
  const near = view.scale < readable ? zoomedAt(view, view.x + x * view.scale, view.y + y * view.scale, readable / view.scale) : view;
  const into = (at: number, size: number) => Math.min(Math.max(at, 90), Math.max(90, size - 90)) - at;
  return moved(near, into(near.x + x * near.scale, screen.width), into(near.y + y * near.scale, screen.height));
}

function clamp(scale: number): number {
  return Number.isFinite(scale) ? Math.min(scaleMax, Math.max(scaleMin, scale)) : 1;
}
