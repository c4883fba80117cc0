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

/** All of the map, in the middle, and never larger than life. */
export function fitted(map: Size, screen: Size): View {
  const wide = (screen.width - 2 * margin) / Math.max(1, map.width);
  const high = (screen.height - 2 * margin) / Math.max(1, map.height);
  const scale = clamp(Math.min(1, wide, high));
  return { scale, x: (screen.width - map.width * scale) / 2, y: (screen.height - map.height * scale) / 2 };
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

/** Moved just so far that a place of the map is seen. */
export function showing(view: View, x: number, y: number, screen: Size): View {
  const [left, top] = [view.x + x * view.scale, view.y + y * view.scale];
  const into = (at: number, size: number) => Math.min(Math.max(at, 60), Math.max(60, size - 60)) - at;
  return moved(view, into(left, screen.width), into(top, screen.height));
}

function clamp(scale: number): number {
  return Number.isFinite(scale) ? Math.min(scaleMax, Math.max(scaleMin, scale)) : 1;
}
