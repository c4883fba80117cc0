// Telemetry that cannot be true: moments no clock shows, spans that are their own ancestors, numbers that are none. Every page draws what
// there is of it, and complains about nothing.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { inkOf, painted, serviceColour } from '../support/canvas.mjs';
import { startChromium } from '../support/chromium.mjs';
import { PAGES, open, openWhole, rows } from '../support/pages.mjs';
import { startViewer } from '../support/programs.mjs';
import { ask, eventually, nanoNow, resource, send } from '../support/viewer.mjs';

const NOW = BigInt(nanoNow());
const MILLISECOND = 1_000_000n;
const SECOND = 1000n * MILLISECOND;
const DAY = 86_400n * SECOND;
/** In the year 2554: OTLP has no moment after it. */
const LAST = 2n ** 64n - 1n;
/** The beginning of 1601, from where some systems count, as someone sends it who takes moments for numbers with a sign. */
const IN_1601 = BigInt.asUintN(64, -11_644_473_600n * SECOND);

/** Traces by the name of their first span. A span has `from` and `to`, and the `parent` that it claims, as a position. */
const TRACES = {
  'until 2554': [{ from: NOW, to: LAST }, { from: LAST, to: LAST, parent: 0 }],
  'in 2554 alone': [{ from: LAST, to: LAST }],
  'from 1601': [{ from: IN_1601, to: NOW }, { from: NOW, to: NOW + MILLISECOND, parent: 0 }],
  'without times': [{ from: 0n, to: 0n }, { from: NOW, to: NOW + MILLISECOND, parent: 0 }],
  'ten days': [{ from: NOW - 10n * DAY, to: NOW }, { from: NOW - 1n, to: NOW, parent: 0 }],
  'ends before it begins': [{ from: NOW, to: NOW - DAY }, { from: NOW, to: NOW + MILLISECOND, parent: 0 }],
  'its own parent': [{ from: NOW, to: NOW + MILLISECOND, parent: 0 }],
  'a circle': [1, 2, 0].map((parent) => ({ from: NOW, to: NOW + MILLISECOND, parent })),
  'a root beside a ring': [{ from: NOW, to: NOW + MILLISECOND }, ...[2, 1].map((parent) => ({ from: NOW, to: LAST, parent }))],
};

const idOf = (number, digits) => (number + 1).toString(16).padStart(digits, '0');
const traceIdOf = (name) => idOf(Object.keys(TRACES).indexOf(name), 32);

const LAST_INT = 2n ** 63n - 1n;
const NUMBERS = ['NaN', 'Infinity', '-Infinity', 1.7976931348623157e308, -1.7976931348623157e308, 5e-324, -0];
const EDGES = { count: '2', sum: 3, scale: 0, zeroCount: '0' };

function exemplarOf(time, asDouble) {
  return { timeUnixNano: String(time), asDouble, traceId: traceIdOf('ten days'), spanId: idOf(0, 16) };
}

/** Metrics by their names: the kind, and what its points say beside their times. */
const METRICS = {
  'gauge.numbers': ['gauge', [7, ...NUMBERS].map((asDouble) => ({ asDouble }))],
  'gauge.integers': ['gauge', [{ asInt: String(LAST_INT) }, { asInt: String(-LAST_INT - 1n) }]],
  'gauge.times': ['gauge', [0n, IN_1601, NOW, LAST].map((time) => ({ time, asDouble: 7 }))],
  'gauge.exemplars': ['gauge', [NOW, LAST].map((time) => ({ time, asDouble: 7, exemplars: NUMBERS.map((asDouble) => exemplarOf(time, asDouble)) }))],
  'sum.numbers': ['sum', [7, ...NUMBERS].map((asDouble) => ({ asDouble }))],
  'sum.times': ['sum', [{ start: LAST, asInt: '7' }, { start: 0n, time: LAST, asInt: '8' }]],
  'histogram.numbers': [
    'histogram',
    [
      { count: String(LAST), sum: 'NaN', max: 'Infinity', bucketCounts: [String(LAST_INT), String(LAST_INT)], explicitBounds: [1.7e308] },
      { count: '2', sum: '-Infinity', min: 'NaN', bucketCounts: ['1', '1'], explicitBounds: ['Infinity'] },
      { count: '3', sum: 3, bucketCounts: ['1', '1', '1'], explicitBounds: [-1.7e308, 1.7e308] },
    ],
  ],
  'exponential.edges': [
    'exponentialHistogram',
    [-(2 ** 31), 2 ** 31 - 1, 0].flatMap((offset) => [
      { ...EDGES, positive: { offset, bucketCounts: ['1', '1'] } },
      { ...EDGES, negative: { offset, bucketCounts: ['1', '1'] } },
    ]),
  ],
  'exponential.scales': [
    'exponentialHistogram',
    [-(2 ** 31), -10, 0, 20, 2 ** 31 - 1].map((scale) => ({ ...EDGES, scale, positive: { offset: 1, bucketCounts: ['1', '1'] } })),
  ],
  'summary.numbers': [
    'summary',
    [
      { start: NOW, count: '1', sum: 1, quantileValues: [{ quantile: 0.5, value: 1 }], next: { count: '3', sum: 4 } },
      { count: String(LAST), sum: 'NaN', quantileValues: ['NaN', -1, 0, 0.5, 1, 'Infinity'].map((quantile) => ({ quantile, value: quantile })) },
    ],
  ],
};

const nameOf = (name, at) => (at === 0 ? name : `${name}, ${at}`);

function spansOf([name, spans]) {
  return spans.map(({ from, to, parent }, at) => ({
    traceId: traceIdOf(name),
    spanId: idOf(at, 16),
    parentSpanId: parent === undefined ? '' : idOf(parent, 16),
    name: nameOf(name, at),
    startTimeUnixNano: String(from),
    endTimeUnixNano: String(to),
    attributes: NUMBERS.slice(0, 3).map((doubleValue, nth) => ({ key: `number ${nth}`, value: { doubleValue } })),
    events: [0n, IN_1601, LAST].map((time) => ({ timeUnixNano: String(time), name: 'exception', attributes: [] })),
  }));
}

function recordsOf([name, spans]) {
  return spans.map(({ from, to }, at) => ({
    timeUnixNano: String(from),
    observedTimeUnixNano: String(to),
    severityNumber: 2 ** 31 - 1,
    body: { stringValue: `record of ${name}` },
    traceId: traceIdOf(name),
    spanId: idOf(at, 16),
  }));
}

/** Each point is a series of its own, and comes again a second later: as `next` says, or as it was. */
function metricOf([name, [kind, points]]) {
  const dataPoints = points.flatMap(({ time = NOW, start = 0n, next = {}, ...first }, at) => {
    const attributes = [{ key: 'at', value: { intValue: String(at) } }];
    const moments = (time) => ({ startTimeUnixNano: String(start), timeUnixNano: String(time > LAST ? LAST : time) });
    return [
      { attributes, ...moments(time), ...first },
      { attributes, ...moments(time + SECOND), ...first, ...next },
    ];
  });
  const adds = kind === 'gauge' || kind === 'summary' ? {} : { aggregationTemporality: 1 };
  return { name, unit: 's', [kind]: { dataPoints, ...adds, ...(kind === 'sum' ? { isMonotonic: true } : {}) } };
}

let viewer;
let browser;

before(async () => {
  [viewer, browser] = await Promise.all([startViewer(), startChromium()]);
  const [scope, from] = [{ name: 'test' }, resource('extremes')];
  const traces = Object.entries(TRACES);
  await send(viewer, 'traces', { resourceSpans: [{ resource: from, scopeSpans: [{ scope, spans: traces.flatMap(spansOf) }] }] });
  await send(viewer, 'logs', { resourceLogs: [{ resource: from, scopeLogs: [{ scope, logRecords: traces.flatMap(recordsOf) }] }] });
  await send(viewer, 'metrics', { resourceMetrics: [{ resource: from, scopeMetrics: [{ scope, metrics: Object.entries(METRICS).map(metricOf) }] }] });
  // What is no number is refused by itself: of every metric something is left.
  await eventually('all of it is held', async () => {
    const { held } = await ask(viewer, '/api/state');
    const { metrics } = await ask(viewer, '/api/metrics');
    const spans = traces.flatMap(([, spans]) => spans).length;
    return (held.spans === spans && held.logs === spans && metrics.length === Object.keys(METRICS).length) || { held, metrics };
  });
});

after(async () => {
  await browser?.stop();
  await viewer?.stop();
});

/** What a page writes that did not expect a number or a moment to be what it is. */
const HELPLESS = /Invalid Date|undefined|NaN/;

/** Until a canvas shows one of some colours, to the right of `from`. */
const waitForPainted = (canvas, colours, from = 0) =>
  eventually('something is painted', async () => {
    const boxes = await Promise.all(colours.map((colour) => painted(canvas, colour, { from })));
    return boxes.some((box) => box !== null) || colours;
  });

for (const [name, path] of Object.entries(PAGES)) {
  test(`${name} takes any moments and numbers`, () =>
    browser.page(viewer, async (page) => {
      await openWhole(page, path);
      assert.doesNotMatch(await page.locator('main').innerText(), HELPLESS);
    }));
}

test('all traces and log records are listed, whenever they say that they were', () =>
  browser.page(viewer, async (page) => {
    await open(page, '/traces');
    for (const name of Object.keys(TRACES)) await rows(page, 'Traces', name).first().waitFor();
    await open(page, '/logs');
    for (const name of Object.keys(TRACES)) await rows(page, 'Log records', `record of ${name}`).first().waitFor();
  }));

for (const [name, spans] of Object.entries(TRACES)) {
  test(`a trace is drawn in each of its views: ${name}`, () =>
    browser.page(viewer, async (page) => {
      await open(page, `/traces/${traceIdOf(name)}`);
      const view = (name) => page.getByRole('tab', { name }).click();
      const tree = page.getByRole('tree', { name: `Spans of the trace, ${spans.length} rows` });
      await tree.getByRole('treeitem').filter({ hasText: 'extremes' }).waitFor();
      const { x: from } = await page.locator('.waterfall-time').boundingBox();
      // A bar; or, where that takes no time, the mark of an exception that covers it.
      await waitForPainted(page.locator('.waterfall-canvas'), [await serviceColour(page, 'extremes'), await inkOf(page, '--error')], from);

      await view('Table');
      for (const at of spans.keys()) await page.getByRole('treegrid').getByRole('row', { name: nameOf(name, at) }).first().waitFor();
      await view('Self time');
      for (const at of spans.keys()) await rows(page, 'Time by operation', nameOf(name, at)).first().waitFor();
      await view('Flame graph');
      await page.getByRole('status').getByText(name).waitFor();
      assert.doesNotMatch(await page.locator('main').innerText(), HELPLESS);
    }));

  test(`each of its spans can be opened: ${name}`, () =>
    browser.page(viewer, async (page) => {
      for (const at of spans.keys()) {
        await open(page, `/traces/${traceIdOf(name)}?span=${idOf(at, 16)}`);
        const panel = page.getByRole('complementary', { name: 'Span' });
        await panel.getByRole('heading', { name: nameOf(name, at), exact: true }).waitFor();
        const attributes = panel.getByRole('table', { name: 'Span attributes' });
        for (const number of ['NaN', 'inf', '-inf']) await attributes.getByText(number, { exact: true }).waitFor();
        assert.doesNotMatch(await panel.locator('.span-facts').first().innerText(), HELPLESS);
      }
    }));
}

/** A line's, those of a heatmap's cells, and that of exemplars: they may cover a point. */
async function coloursOf(chart) {
  const legend = await chart.locator('.legend i').evaluateAll((all) => all.map((sample) => getComputedStyle(sample).backgroundColor));
  return [...legend, await inkOf(chart.page(), '--accent')];
}

for (const name of Object.keys(METRICS)) {
  test(`a metric is drawn in each of its views: ${name}`, () =>
    browser.page(viewer, async (page) => {
      await open(page, '/metrics');
      await rows(page, 'Metrics', name).first().click();
      const metric = page.getByRole('region', { name: `Metric ${name}` });
      const chart = metric.getByRole('figure');
      await chart.locator('details').evaluate((details) => (details.open = true));
      await chart.getByRole('region', { name: 'Values' }).getByRole('row').nth(1).waitFor();
      assert.doesNotMatch(await chart.innerText(), HELPLESS);
      await waitForPainted(chart.locator('canvas'), await coloursOf(chart));
      for (const name of await metric.getByRole('tab').allInnerTexts()) {
        await metric.getByRole('tab', { name }).click();
        await metric.getByRole('tab', { name, selected: true }).waitFor();
        await chart.getByText(/^(A heatmap of|One line from|\d+ lines from) /).waitFor();
        assert.doesNotMatch(await chart.innerText(), HELPLESS);
      }
    }));
}
