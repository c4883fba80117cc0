// Telemetry that was made to harm whoever looks at it: it is text, on every page, and never anything else.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startChromium } from '../support/chromium.mjs';
import { PAGES, open, openWhole, rows } from '../support/pages.mjs';
import { startViewer } from '../support/programs.mjs';
import { attribute, eventually, ask, nanoNow, resource, send } from '../support/viewer.mjs';

/** Each would call `hit` if it were anything but text. */
const HOSTILE = [
  '<script>globalThis.hit = 1</script>',
  '<img src=x onerror="globalThis.hit = 2">',
  '"><svg onload=globalThis.hit=3>',
  "' onmouseover='globalThis.hit=4",
  'javascript:globalThis.hit=5',
  '{{constructor.constructor("globalThis.hit=6")()}}',
  '<iframe srcdoc="<script>parent.hit=7</script>"></iframe>',
  '</title><script>globalThis.hit=8</script>',
];
/** Turns the text around, hides some of it, ends lines. */
const CONTROLS = 'a\u202Eb\u2066c\u0000d\u0007e\u001B[31mf\r\ng\u2028h\u200Fi\uFEFFj';
const MEGABYTE = `${HOSTILE[0]}${'x'.repeat(1 << 20)}`;
const ALL = [...HOSTILE, CONTROLS, MEGABYTE];
/** Leaves its isolate and turns what comes after it around, where it is let. */
const TURNING = 'turning \u2069\u2029\u202E';
const BESIDE = 'reads from the left';

const TRACE = '0123456789abcdef0123456789abcdef';
const idOf = (at) => (at + 1).toString(16).padStart(16, '0');

let viewer;
let browser;

before(async () => {
  [viewer, browser] = await Promise.all([startViewer(), startChromium()]);
  await send(viewer, 'traces', { resourceSpans: ALL.map(spansOf) });
  await send(viewer, 'logs', { resourceLogs: [...ALL.map(recordsOf), recordBeside()] });
  await send(viewer, 'metrics', { resourceMetrics: ALL.map(pointsOf) });
  await eventually('all of it is held', async () => {
    const { held } = await ask(viewer, '/api/state');
    return (held.spans === ALL.length && held.logs === ALL.length + 1 && held.points === ALL.length) || held;
  });
});

after(async () => {
  await browser?.stop();
  await viewer?.stop();
});

/** Whole where the most is made of it; a megabyte in each place would be more than a request may hold. */
const shorter = (text) => text.slice(0, 20_000);

/** A span that is hostile in whatever a sender may choose. */
function spansOf(whole, at) {
  const text = shorter(whole);
  const exception = [attribute('exception.type', text), attribute('exception.message', text), attribute('exception.stacktrace', text)];
  const span = {
    traceId: TRACE,
    spanId: idOf(at),
    parentSpanId: at === 0 ? '' : idOf(0),
    traceState: text.slice(0, 100),
    name: whole,
    kind: 2,
    startTimeUnixNano: nanoNow(),
    endTimeUnixNano: nanoNow(at + 1),
    attributes: [attribute(text, text), attribute('url.full', whole), attribute('http.route', text)],
    events: [{ timeUnixNano: nanoNow(), name: text, attributes: [attribute(text, text)] }, { timeUnixNano: nanoNow(), name: 'exception', attributes: exception }],
    links: [{ traceId: TRACE, spanId: idOf(0), attributes: [attribute(text, text)] }],
    status: { code: 2, message: whole },
  };
  return { resource: resource(text, [attribute(text, text)]), scopeSpans: [{ scope: { name: text, version: text }, spans: [span] }], schemaUrl: text };
}

function recordsOf(whole, at) {
  const text = shorter(whole);
  const logRecord = {
    timeUnixNano: nanoNow(),
    severityNumber: 17,
    severityText: text,
    body: { stringValue: whole },
    eventName: text,
    attributes: [attribute(text, text)],
    traceId: TRACE,
    spanId: idOf(at),
  };
  return { resource: resource(text), scopeLogs: [{ scope: { name: text }, logRecords: [logRecord] }] };
}

/** A record whose body follows a name that would turn it around. */
function recordBeside() {
  const logRecord = { timeUnixNano: nanoNow(), severityNumber: 9, body: { stringValue: BESIDE }, eventName: TURNING, attributes: [attribute(TURNING, TURNING)] };
  return { resource: resource('beside'), scopeLogs: [{ scope: { name: 'test' }, logRecords: [logRecord] }] };
}

function pointsOf(whole) {
  const text = shorter(whole);
  const dataPoints = [{ timeUnixNano: nanoNow(), asDouble: 7, attributes: [attribute(text, text)] }];
  const metric = { name: text, unit: text, description: text, gauge: { dataPoints } };
  return { resource: resource(text), scopeMetrics: [{ scope: { name: text }, metrics: [metric] }] };
}

/** Nothing ran, nothing was made of it, and no link leads anywhere but to this page. */
async function assertHarmless(page) {
  const found = await page.evaluate(() => ({
    hit: globalThis.hit,
    elements: document.querySelectorAll('iframe, object, embed, base, script:not([src]), img, [onerror], [onload], [onmouseover]').length,
    // Colours of services and widths of bars are set by script, which no policy forbids; what senders chose is never among them.
    addresses: [...document.querySelectorAll('a[href], use[href], form[action]')]
      .map((element) => element.href?.baseVal ?? element.href ?? element.action)
      .filter((address) => new URL(address, location.href).origin !== location.origin),
  }));
  assert.deepEqual(found, { hit: undefined, elements: 0, addresses: [] });
}

for (const [name, path] of Object.entries(PAGES)) {
  test(`${name} shows hostile telemetry as text`, () =>
    browser.page(viewer, async (page) => {
      await openWhole(page, path);
      await assertHarmless(page);
    }));
}

test('a hostile trace, each of its spans and all of its views are text', () =>
  browser.page(viewer, async (page) => {
    for (const at of ALL.keys()) {
      await open(page, `/traces/${TRACE}?span=${idOf(at)}`);
      const panel = page.getByRole('complementary', { name: 'Span' });
      await panel.getByRole('table', { name: 'Span attributes' }).waitFor();
      await panel.locator('details').evaluateAll((all) => all.forEach((details) => (details.open = true)));
      await assertHarmless(page);
    }
    for (const view of ['Table', 'Self time', 'Flame graph', 'Waterfall']) {
      await page.getByRole('tab', { name: view }).click();
      await assertHarmless(page);
    }
  }));

test('hostile log records, metrics and exceptions are text when they are opened', () =>
  browser.page(viewer, async (page) => {
    for (const [path, table] of [
      ['/logs', 'Log records'],
      ['/metrics', 'Metrics'],
      ['/exceptions', 'Exceptions by type and message'],
      ['/operations', 'Operations'],
    ]) {
      await open(page, path);
      await rows(page, table).first().waitFor();
      const count = await rows(page, table).count();
      for (let at = 0; at < count; at++) {
        await rows(page, table).nth(at).click({ position: { x: 5, y: 5 } });
        await page.waitForFunction(() => location.search !== '');
        await assertHarmless(page);
      }
    }
  }));

test('what was hostile can be read, and controls in it do not turn other text around', () =>
  browser.page(viewer, async (page) => {
    await open(page, '/logs');
    await rows(page, 'Log records', HOSTILE[1]).first().waitFor();
    const beside = rows(page, 'Log records', BESIDE);
    assert.ok(await beside.locator('.cell', { hasText: BESIDE }).evaluate(readsFromTheLeft, BESIDE));
    await assertIsolated(page.locator('.cell'));

    await beside.click();
    await page.getByRole('complementary', { name: 'Log record' }).locator('.value', { hasText: TURNING.replace(/[\u2069\u2029]/g, '\uFFFD') }).waitFor();
    await assertIsolated(page.locator('.value'));

    await open(page, '/metrics');
    await rows(page, 'Metrics').first().click();
    const metric = page.getByRole('region', { name: /^Metric / });
    await metric.locator('.chip').first().waitFor();
    await assertIsolated(metric.locator('.chip'));
  }));

/** In the page: whether the letters of a text stand in the order in which they are read. */
function readsFromTheLeft(element, text) {
  const all = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  while (all.nextNode().data !== text);
  const place = (at) => {
    const letter = document.createRange();
    letter.setStart(all.currentNode, at);
    letter.setEnd(all.currentNode, at + 1);
    return letter.getBoundingClientRect().left;
  };
  return place(0) < place(text.length - 1);
}

/** What turns around within these elements ends with them. */
async function assertIsolated(elements) {
  const found = await elements.evaluateAll((all) => all.map((element) => getComputedStyle(element).unicodeBidi));
  assert.deepEqual([...new Set(found)], ['isolate']);
}

test('an address with script in it leads to text, too', () =>
  browser.page(
    viewer,
    async (page) => {
      for (const hostile of HOSTILE.map(encodeURIComponent)) {
        await open(page, `/logs?filter=${hostile}&log=${hostile}`);
        await assertHarmless(page);
        await open(page, `/${hostile}`);
        await assertHarmless(page);
      }
    },
    { refused: true },
  ));

test('the page may run nothing but its own files, and no page may frame it', async () => {
  for (const path of ['/', '/traces', '/api/state', '/nowhere']) {
    const answer = await fetch(viewer.url + path);
    const policy = answer.headers.get('content-security-policy') ?? '';
    assert.match(policy, /default-src 'none'/, path);
    assert.match(policy, /frame-ancestors 'none'/, path);
    assert.doesNotMatch(policy, /unsafe|\*|https?:/, path);
    assert.equal(answer.headers.get('x-content-type-options'), 'nosniff', path);
  }
});
