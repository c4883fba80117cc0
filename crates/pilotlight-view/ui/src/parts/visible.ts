// Which rows of a long list are in sight.

export interface Visible {
  /** The first row to draw, and the one after the last. */
  readonly first: number;
  readonly end: number;
}

/** Rows drawn beyond each edge, so that a quick scroll shows no blank. */
const beyond = 8;

/** The rows to draw of `count` rows of one height, for a window `height` high that is scrolled down by `top`. */
export function visibleRows(count: number, rowHeight: number, top: number, height: number): Visible {
  const first = Math.max(0, Math.min(Math.floor(top / rowHeight) - beyond, count));
  const end = Math.min(count, Math.max(first, Math.ceil((top + height) / rowHeight) + beyond));
  return { first, end };
}

/** Where to scroll to so that a row is in sight: where we are when it already is. `head` is what covers the top. */
export function scrollToShow(row: number, rowHeight: number, top: number, height: number, head = 0): number {
  const start = row * rowHeight;
  if (start < top) return start;
  const lowest = start + rowHeight - Math.max(height - head, rowHeight);
  return Math.max(top, lowest);
}

/** The row that a key leads to from `row`; none when it is not a key that moves. `page` is how many rows fit. */
export function rowAfterKey(key: string, row: number, count: number, page: number): number | undefined {
  if (count === 0) return undefined;
  const within = (wanted: number) => Math.max(0, Math.min(count - 1, wanted));
  switch (key) {
    case 'ArrowDown':
    case 'j':
      return within(row + 1);
    case 'ArrowUp':
    case 'k':
      return within(row - 1);
    case 'PageDown':
      return within(row + Math.max(1, page - 1));
    case 'PageUp':
      return within(row - Math.max(1, page - 1));
    case 'Home':
      return 0;
    case 'End':
      return count - 1;
    default:
      return undefined;
  }
}

/** How narrow columns can be, in pixels: the first length of each track. */
export function leastWidth(tracks: readonly string[]): number {
  return tracks.reduce((sum, track) => sum + Number(/(\d+(?:\.\d+)?)px/.exec(track)?.[1] ?? 0), 0);
}
