// Parts of a map that are not connected, side by side and row by row, in about the shape of a screen.
import type { Point } from './graph';

const gap = 40;
/** Width by height. */
const shape = 1.8;

export function pack(parts: readonly { width: number; height: number }[]): { places: Point[]; width: number; height: number } {
  const area = parts.reduce((sum, part) => sum + (part.width + gap) * (part.height + gap), 0);
  const widest = parts.reduce((most, part) => Math.max(most, part.width), 0);
  const target = Math.max(widest, Math.sqrt(area * shape));
  const places: Point[] = [];
  let [x, y, row, width] = [0, 0, 0, 0];
  for (const part of parts) {
    if (x > 0 && x + part.width > target) [x, y, row] = [0, y + row + gap, 0];
    places.push({ x, y });
    width = Math.max(width, x + part.width);
    row = Math.max(row, part.height);
    x += part.width + gap;
  }
  return { places, width, height: y + row };
}
