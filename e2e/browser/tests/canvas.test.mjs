// What is drawn on a canvas, and clicked where it is drawn: bars and pins of the waterfall, and the dots of exemplars on charts.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { inkOf, middle, painted, serviceColour } from '../support/canvas.mjs';
import { startChromium } from '../support/chromium.mjs';
import { open } from '../support/pages.mjs';
import { startViewer } from '../support/programs.mjs';
import { ask, eventually, resource, send } from '../support/viewer.mjs';

/** What all of it fills: the first span, and the range of the charts. */
const LENGTH_MS = 100_000;
const START_MS = Date.now() - LENGTH_MS;
/** Nanoseconds since 1970, at a part of it. */
const nanoAt = (part) => String(BigInt(START_MS + part * LENGTH_MS) * 1_000_000n);

const TRACE = '0123456789abcdef0123456789abcdef';
const NOT_HELD = 'fedcba9876543210fedcba9876543210';
/** A service each, so that each bar has a colour of its own. */
const SPANS = [
  { id: '0000000000000001', service: 'shop', name: 'order', from: 0, to: 1 },
  { id: '0000000000000002', service: 'stock', name: 'reserve', from: 0.2, to: 0.5 },
  { id: '0000000000000003', service: 'till', name: 'charge', from: 0.6, to: 0.9 },
];
const [, RESERVE, CHARGE] = SPANS;
/** Where they are and in which ink; the first span has none. */
const RECORDS = [
  { span: RESERVE, at: 0.3, severityNumber: 9, ink: '--note' },
  { span: CHARGE, at: 0.75, severityNumber: 17, ink: '--error' },
];
const HELD_AT = 0.25;
const NOT_HELD_AT = 0.75;
/** Of the held trace; its span is the one that is opened. */
const EXEMPLARS = [
  { timeUnixNano: nanoAt(HELD_AT), asDouble: 30, traceId: TRACE, spanId: CHARGE.id },
  { timeUnixNano: nanoAt(NOT_HELD_AT), asDouble: 30, traceId: NOT_HELD, spanId: CHARGE.id },
];
const POINT = { startTimeUnixNano: nanoAt(0), timeUnixNano: nanoAt(1), exemplars: EXEMPLARS };
const METRICS = [
  { name: 'lines', gauge: { dataPoints: [{ ...POINT, asDouble: 10 }] } },
  {
    name: 'heatmap',
    histogram: { aggregationTemporality: 1, dataPoints: [{ ...POINT, count: '6', sum: 99, bucketCounts: ['1', '2', '2', '1'], explicitBounds: [10, 20, 40] }] },
  },
];

let viewer;
let browser;

before(async () => {
  [viewer, browser] = await Promise.all([startViewer(), startChromium()]);
  const scope = { name: 'test' };
  await send(viewer, 'traces', { resourceSpans: SPANS.map((span) => ({ resource: resource(span.service), scopeSpans: [{ scope, spans: [spanOf(span)] }] })) });
  await send(viewer, 'logs', {
    resourceLogs: RECORDS.map((record) => ({ resource: resource(record.span.service), scopeLogs: [{ scope, logRecords: [recordOf(record)] }] })),
  });
  await send(viewer, 'metrics', { resourceMetrics: [{ resource: resource('shop'), scopeMetrics: [{ scope, metrics: METRICS }] }] });
  await eventually('all of it is held', async () => {
    const { held } = await ask(viewer, '/api/state');
    return (held.spans === SPANS.length && held.logs === RECORDS.length && held.points === METRICS.length) || held;
  });
});

after(async () => {
  await browser?.stop();
  await viewer?.stop();
});

function spanOf({ id, name, from, to }) {
  const parentSpanId = id === SPANS[0].id ? '' : SPANS[0].id;
  return { traceId: TRACE, spanId: id, parentSpanId, name, startTimeUnixNano: nanoAt(from), endTimeUnixNano: nanoAt(to) };
}

function recordOf({ span, at, severityNumber }) {
  return { timeUnixNano: nanoAt(at), severityNumber, body: { stringValue: 'written' }, traceId: TRACE, spanId: span.id };
}

/** A pixel at each edge is mixed with what is behind it; of a thin line that is not upright, most are. */
const near = (one, other, pixels = 2) => Math.abs(one - other) <= pixels;

/** Opens the trace, and tells where its bars are, in the order of the spans, once they are as long as the spans. */
async function openBars(page) {
  await open(page, `/traces/${TRACE}`);
  const canvas = page.locator('.waterfall-canvas');
  let bars;
  await eventually('bars are as long as their spans', async () => {
    const { x: from } = await page.locator('.waterfall-time').boundingBox();
    bars = await Promise.all(SPANS.map(async ({ service }) => painted(canvas, await serviceColour(page, service), { from })));
    const [{ left, right }] = bars;
    const at = (part) => left + part * (right - left);
    return bars.every((bar, nth) => near(bar.left, at(SPANS[nth].from)) && near(bar.right, at(SPANS[nth].to))) || bars;
  });
  return { canvas, bars };
}

for (const [nth, { id, name }] of SPANS.entries()) {
  test(`a click on a bar opens its span: ${name}`, () =>
    browser.page(viewer, async (page) => {
      const { bars } = await openBars(page);
      const { x, y } = middle(bars[nth]);

      await page.mouse.click(x, y);

      await page.getByRole('complementary', { name: 'Span' }).getByRole('heading', { name }).waitFor();
      assert.equal(new URL(page.url()).searchParams.get('span'), id);
    }));
}

for (const colorScheme of ['light', 'dark']) {
  test(`log records are pins on the bar of the span that they were written in, at their time, in the ink of their severity, ${colorScheme}`, () =>
    browser.page(
      viewer,
      async (page) => {
        const { canvas, bars } = await openBars(page);
        for (const { span, at, ink } of RECORDS) {
          const pin = await painted(canvas, await inkOf(page, ink), { from: bars[0].left });
          const bar = bars[SPANS.indexOf(span)];
          const x = bars[0].left + at * (bars[0].right - bars[0].left);
          assert.ok(near(middle(pin).x, x), `at ${x}: ${JSON.stringify(pin)}`);
          assert.ok(pin.top < bar.top && pin.bottom > bar.top && pin.bottom < bar.bottom, `on ${JSON.stringify(bar)}: ${JSON.stringify(pin)}`);
        }
      },
      { colorScheme },
    ));
}

/** Opens the metric, and tells where its dots are, once they are at their times. */
async function openDots(page, name) {
  await open(page, `/metrics?name=${name}&from=${START_MS}&to=${START_MS + LENGTH_MS}`);
  const chart = page.getByRole('region', { name: `Metric ${name}` }).getByRole('figure');
  const [canvas, plot] = [chart.locator('canvas'), chart.locator('.u-over')];
  const accent = await inkOf(page, '--accent');
  let dots;
  await eventually('dots are at their times', async () => {
    const { x, width } = await plot.boundingBox();
    const at = (part) => x + part * width;
    dots = { held: await painted(canvas, accent, { to: at(0.5) }), notHeld: await painted(canvas, accent, { from: at(0.5) }) };
    return (near(middle(dots.held).x, at(HELD_AT)) && near(middle(dots.notHeld).x, at(NOT_HELD_AT), 5)) || dots;
  });
  return { plot, held: middle(dots.held), notHeld: middle(dots.notHeld) };
}

for (const { name } of METRICS) {
  test(`a click on the dot of an exemplar opens the trace that was measured: ${name}`, () =>
    browser.page(viewer, async (page) => {
      const { held } = await openDots(page, name);

      await page.mouse.click(held.x, held.y);

      await page.getByRole('complementary', { name: 'Span' }).getByRole('heading', { name: CHARGE.name }).waitFor();
      assert.equal(page.url(), `${viewer.url}/traces/${TRACE}?span=${CHARGE.id}`);
    }));

  test(`a click beside the dots, or on one whose trace is not held, opens nothing: ${name}`, () =>
    browser.page(viewer, async (page) => {
      const { plot, held, notHeld } = await openDots(page, name);
      const metric = page.url();

      await page.mouse.click((held.x + notHeld.x) / 2, held.y);
      assert.equal(page.url(), metric);
      await page.mouse.click(notHeld.x, notHeld.y);
      assert.equal(page.url(), metric);
      assert.match(await plot.getAttribute('title'), /its trace is not held/);
    }));
}
