// How smoothly a waterfall scrolls and zooms: `npm run build && node bench/waterfall.mjs [spans]`. Needs Chromium at /usr/bin/chromium,
// or where CHROMIUM says. A headless browser draws by software; a graphics card is quicker.

import { chromium } from 'playwright-core';
import { serve } from './server.mjs';
import { syntheticTrace } from './synthetic.mjs';

const count = Number(process.argv[2] ?? 10_000);
const trace = syntheticTrace(count);
const server = await serve({ [`/api/traces/${trace.trace_id}`]: trace });
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] });
const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
page.on('pageerror', (error) => console.error(error));

const opened = Date.now();
await page.goto(`${server.address}/traces/${trace.trace_id}`);
await page.locator('.waterfall-scroller').waitFor();
console.log(`${trace.spans.length} spans, ${trace.logs.length} logs; shown ${Date.now() - opened} ms after opening`);

report('scroll by 7 rows a frame', await page.evaluate(measureScroll, 24 * 7));
report('scroll by a screen a frame', await page.evaluate(measureScroll, 700));
report('zoom a step a frame', await page.evaluate(measureZoom));

await browser.close();
server.close();

/** In the page: scrolls on at each frame and notes how long each took. */
function measureScroll(step) {
  const scroller = document.querySelector('.waterfall-scroller');
  return new Promise((done) => {
    const frames = [];
    let before = performance.now();
    let by = step;
    const frame = (now) => {
      frames.push(now - before);
      before = now;
      const end = scroller.scrollHeight - scroller.clientHeight;
      if (scroller.scrollTop + by > end || scroller.scrollTop + by < 0) by = -by;
      scroller.scrollTop += by;
      if (frames.length < 300) requestAnimationFrame(frame);
      else done(frames.slice(1));
    };
    scroller.scrollTop = 0;
    requestAnimationFrame(frame);
  });
}

/** In the page: turns the wheel with ctrl at each frame, 40 in, then 40 out, and so on. */
function measureZoom() {
  const scroller = document.querySelector('.waterfall-scroller');
  const { left, top, width } = scroller.getBoundingClientRect();
  return new Promise((done) => {
    const frames = [];
    let before = performance.now();
    const frame = (now) => {
      frames.push(now - before);
      before = now;
      const deltaY = Math.floor(frames.length / 40) % 2 === 0 ? -20 : 20;
      scroller.dispatchEvent(
        new WheelEvent('wheel', { deltaY, ctrlKey: true, clientX: left + width * 0.7, clientY: top + 50, bubbles: true, cancelable: true }),
      );
      if (frames.length < 240) requestAnimationFrame(frame);
      else done(frames.slice(1));
    };
    requestAnimationFrame(frame);
  });
}

function report(what, frames) {
  const sorted = [...frames].sort((a, b) => a - b);
  const at = (part) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))].toFixed(1);
  const late = frames.filter((frame) => frame > 1000 / 60 + 8).length;
  console.log(`${what.padEnd(28)} median ${at(0.5)} ms, p95 ${at(0.95)} ms, longest ${at(1)} ms; ${late} of ${frames.length} frames late`);
}
