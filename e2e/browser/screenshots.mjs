// The pictures of the documentation: each page with the shop's telemetry, in light and in dark, into `docs/screenshots`.

import { mkdir, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { startChromium } from './support/chromium.mjs';
import { openWhole, rows } from './support/pages.mjs';
import { makeTraffic, order, startShop, startViewer } from './support/programs.mjs';
import { smallPng } from './support/small-png.mjs';
import { ask, eventually } from './support/viewer.mjs';

const FOLDER = fileURLToPath(new URL('../../docs/screenshots/', import.meta.url));
/** They are part of the repository, for good. */
const BYTES_MAX = 150_000;
const FAILED = { user_id: '42', items: ['lamp', 'oil'], total: 1234.5, card: 'tok_declined' };

/** What is on each picture, and how one gets there. */
function pictures(trace, span) {
  return {
    overview: (page) => openWhole(page, '/'),
    traces: (page) => openWhole(page, '/traces'),
    trace: (page) => openWhole(page, `/traces/${trace}?span=${span}`),
    logs: async (page) => {
      await openWhole(page, '/logs?severity=13');
      await rows(page, 'Log records').first().click({ position: { x: 5, y: 5 } });
      // What is below is of the machine that the pictures are taken on.
      await page.getByRole('complementary', { name: 'Log record' }).locator('summary', { hasText: 'Resource' }).click();
    },
    metrics: (page) => openWhole(page, '/metrics?name=http.server.request.duration&kind=histogram'),
    operations: async (page) => {
      await openWhole(page, '/operations');
      await rows(page, 'Operations', /gateway[\s\S]*POST \/api\/orders/).first().click();
      await page.getByRole('region', { name: 'Operation POST /api/orders' }).waitFor();
    },
    map: (page) => openWhole(page, '/map'),
    exceptions: (page) => openWhole(page, '/exceptions'),
    resources: (page) => openWhole(page, '/resources'),
    findings: (page) => openWhole(page, '/findings'),
    viewer: (page) => openWhole(page, '/viewer'),
  };
}

async function tell(viewer) {
  const shop = await startShop(viewer);
  await makeTraffic(shop, viewer, { rate: 10, seconds: 40 });
  await order(shop, FAILED);
  let trace;
  await eventually('the failed order is held in full', async () => {
    const { traces } = await ask(viewer, '/api/traces', { filter: 'order.total=1234.5' });
    trace = traces[0]?.trace_id;
    return traces[0]?.services.length === 3;
  });
  await shop.stop();
  return trace;
}

async function take(browser, viewer, colorScheme, all) {
  for (const [name, show] of Object.entries(all)) {
    await browser.page(
      viewer,
      async (page) => {
        await show(page);
        await connected(page);
        const picture = await pictureOf(page);
        console.log(`${name}-${colorScheme}.png ${picture.length} bytes`);
        if (picture.length > BYTES_MAX) throw new Error(`${name} has ${picture.length} bytes, and ${BYTES_MAX} is the most`);
        await writeFile(`${FOLDER}${name}-${colorScheme}.png`, picture);
      },
      { colorScheme },
    );
  }
}

/** The sign beside "Pause" says that the page hears of what comes; it is on all pages but a trace's. */
async function connected(page) {
  if ((await page.locator('.live').count()) > 0) await page.locator('.live-dot:not(.live-dot-off)').waitFor();
}

/** A small file of what a page looks like. */
async function pictureOf(page) {
  // What slides or fades has come to rest, and no cursor blinks.
  const whole = await page.screenshot({ animations: 'disabled', caret: 'hide' });
  const { pixels, width, height } = await page.evaluate(pixelsOf, `data:image/png;base64,${whole.toString('base64')}`);
  return smallPng(Buffer.from(pixels, 'base64'), width, height);
}

/** In the page, which can read pictures. */
async function pixelsOf(address) {
  const image = new Image();
  image.src = address;
  await image.decode();
  const { width, height } = image;
  const pen = new OffscreenCanvas(width, height).getContext('2d');
  pen.drawImage(image, 0, 0);
  const { data } = pen.getImageData(0, 0, width, height);
  let text = '';
  // As many arguments as a call may have.
  for (let at = 0; at < data.length; at += 8192) text += String.fromCharCode(...data.subarray(at, at + 8192));
  return { pixels: btoa(text), width, height };
}

async function main() {
  await mkdir(FOLDER, { recursive: true });
  const [viewer, browser] = await Promise.all([startViewer(), startChromium()]);
  try {
    const trace = await tell(viewer);
    const { spans } = await ask(viewer, `/api/traces/${trace}`);
    const all = pictures(trace, spans.find((span) => span.name === 'processPayment').span_id);
    await take(browser, viewer, 'light', all);
    await take(browser, viewer, 'dark', all);
  } finally {
    await browser.stop();
    await viewer.stop();
  }
}

await main();
