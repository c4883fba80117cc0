// PNG files of few colours: what a page is drawn with needs no millions of them, and takes a third of the bytes.

import { crc32, deflateSync } from 'node:zlib';

const COLOURS_MAX = 256;

/** `pixels`: red, green, blue and opacity of each, row by row. Colours beyond the most frequent 256 become the nearest of these. */
export function smallPng(pixels, width, height) {
  const palette = mostFrequent(pixels);
  const indexOf = new Map(palette.map((colour, at) => [colour, at]));
  const rows = Buffer.alloc((width + 1) * height);
  for (let at = 0; at < width * height; at++) {
    const colour = colourAt(pixels, at);
    if (!indexOf.has(colour)) indexOf.set(colour, nearest(palette, colour));
    // Each row begins with the number of its filter, which is none.
    rows[at + Math.floor(at / width) + 1] = indexOf.get(colour);
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  // Eight bits, each the number of a colour.
  header.set([8, 3, 0, 0, 0], 8);
  const colours = Buffer.from(palette.flatMap((colour) => parts(colour)));
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', header),
    chunk('PLTE', colours),
    chunk('IDAT', deflateSync(rows, { level: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

const colourAt = (pixels, at) => (pixels[4 * at] << 16) | (pixels[4 * at + 1] << 8) | pixels[4 * at + 2];

const parts = (colour) => [colour >> 16, (colour >> 8) & 0xff, colour & 0xff];

function mostFrequent(pixels) {
  const counts = new Map();
  for (let at = 0; at < pixels.length / 4; at++) {
    const colour = colourAt(pixels, at);
    counts.set(colour, (counts.get(colour) ?? 0) + 1);
  }
  // The colour itself decides between two that are as frequent: the same picture gives the same file.
  const sorted = [...counts].sort(([one, ones], [other, others]) => others - ones || one - other);
  return sorted.slice(0, COLOURS_MAX).map(([colour]) => colour);
}

function nearest(palette, colour) {
  const wanted = parts(colour);
  const distance = (other) => parts(other).reduce((sum, part, at) => sum + (part - wanted[at]) ** 2, 0);
  let best = 0;
  for (let at = 1; at < palette.length; at++) if (distance(palette[at]) < distance(palette[best])) best = at;
  return best;
}

function chunk(name, data) {
  const named = Buffer.concat([Buffer.from(name, 'latin1'), data]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  sum.writeUInt32BE(crc32(named));
  return Buffer.concat([length, named, sum]);
}
