// What is painted on a canvas, found by its colour: where it stands is asked of the pixels, and never computed as the page computes it.

/** A colour of the page's style sheet: `--accent`. */
export const inkOf = (page, name) => page.evaluate((name) => getComputedStyle(document.documentElement).getPropertyValue(name), name);

/** A service's, as the legend of a trace shows it. */
export function serviceColour(page, service) {
  const named = page.getByRole('list', { name: 'Services' }).getByRole('listitem').filter({ hasText: service });
  return named.locator('.service-dot').evaluate((dot) => getComputedStyle(dot).backgroundColor);
}

/** The box around all that a canvas shows in a colour from here to there, in pixels of the window; null when there is nothing. */
export const painted = (canvas, colour, { from = 0, to = 1e6 } = {}) => canvas.evaluate(boxAround, { colour, from, to });

export const middle = ({ left, right, top, bottom }) => ({ x: (left + right) / 2, y: (top + bottom) / 2 });

/** In the page. Only what has the very colour counts: edges between pixels are mixed with what is behind them. */
function boxAround(canvas, { colour, from, to }) {
  // Both are drawn on another canvas: one that is read from is never as quick again.
  const copy = new OffscreenCanvas(canvas.width, canvas.height + 1).getContext('2d', { willReadFrequently: true });
  copy.drawImage(canvas, 0, 1);
  copy.fillStyle = colour;
  copy.fillRect(0, 0, 1, 1);
  const pixels = new Uint32Array(copy.getImageData(0, 0, canvas.width, canvas.height + 1).data.buffer);
  const { left, top, width } = canvas.getBoundingClientRect();
  const ratio = canvas.width / width;
  const box = { left: Infinity, right: -Infinity, top: Infinity, bottom: -Infinity };
  for (let at = canvas.width; at < pixels.length; at++) {
    const x = left + (at % canvas.width) / ratio;
    if (pixels[at] !== pixels[0] || x < from || x > to) continue;
    const y = top + (Math.floor(at / canvas.width) - 1) / ratio;
    box.left = Math.min(box.left, x);
    box.right = Math.max(box.right, x + 1 / ratio);
    box.top = Math.min(box.top, y);
    box.bottom = Math.max(box.bottom, y + 1 / ratio);
  }
  return box.left < box.right ? box : null;
}
