// The viewer as someone uses it who looks after the shop: real telemetry of real programs, in a real browser.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startChromium } from '../support/chromium.mjs';
import { filterOf, grid, open, rows } from '../support/pages.mjs';
import { makeTraffic, order, startShop, startViewer } from '../support/programs.mjs';
import { ask, eventually, logs, send } from '../support/viewer.mjs';

/** The order that fails: nothing else costs as much. */
const FAILED = { user_id: '42', items: ['lamp'], total: 1234.5, card: 'tok_declined' };
const ITS_FILTER = 'order.total=1234.5';

let viewer;
let shop;
let browser;
/** The trace of the order that fails. */
let failed;

before(async () => {
  viewer = await startViewer();
  [shop, browser] = await Promise.all([startShop(viewer), startChromium()]);
  await makeTraffic(shop, viewer);
  assert.equal(await order(shop, FAILED), 500);
  await eventually('the failed order is held in full', async () => {
    const { traces } = await ask(viewer, '/api/traces', { filter: ITS_FILTER });
    failed = traces[0]?.trace_id;
    return traces[0]?.services.length === 3 && traces[0].logs > 0;
  });
  await eventually('there are exemplars', async () => {
    const { exemplars } = await ask(viewer, '/api/metrics/data', { name: 'http.server.request.duration', kind: 'histogram' });
    return exemplars.some((exemplar) => exemplar.known);
  });
});

after(async () => {
  await browser?.stop();
  await shop?.stop();
  await viewer?.stop();
});

const inPage = (story, options) => browser.page(viewer, story, options);

test('the order that failed last stands at the top of all traces', () =>
  inPage(async (page) => {
    await open(page, '/traces');

    const first = rows(page, 'Traces').first();
    await first.filter({ has: page.locator(`a[href="/traces/${failed}"]`) }).waitFor();

    assert.match(await first.innerText(), /gateway[\s\S]*POST \/api\/orders[\s\S]*! \d/);
  }));

test('a click on a trace shows its spans, and a click on a span what it tells', () =>
  inPage(async (page) => {
    await open(page, '/traces');
    await page.locator(`a[href="/traces/${failed}"]`).click();
    await page.getByRole('heading', { level: 1, name: 'gateway: POST /api/orders' }).waitFor();
    await page.getByRole('tab', { name: 'Table' }).click();

    const spans = page.getByRole('treegrid', { name: 'Spans of the trace' });
    await spans.getByRole('row', { name: /processPayment/ }).click();

    const panel = page.getByRole('complementary', { name: 'Span' });
    await panel.getByRole('heading', { name: 'processPayment' }).waitFor();
    await panel.getByText('error', { exact: false }).first().waitFor();
    assert.match(page.url(), new RegExp(`/traces/${failed}\\?.*span=[0-9a-f]{16}`));
  }));

test('a log record is on the span it was written in, and leads back to it', () =>
  inPage(async (page) => {
    const { logs: records } = await ask(viewer, '/api/logs', { filter: `trace.id=${failed} service=gateway` });
    const record = records.find(({ span_id: span }) => span != null);
    await open(page, `/traces/${failed}?span=${record.span_id}`);
    const panel = page.getByRole('complementary', { name: 'Span' });

    await panel.locator('.span-logs a', { hasText: record.body }).first().click();

    const opened = page.getByRole('complementary', { name: 'Log record' });
    await opened.getByText(record.body).first().waitFor();
    assert.equal(new URL(page.url()).pathname, '/logs');
    await opened.getByRole('link', { name: 'Show on its span' }).click();
    await page.getByRole('complementary', { name: 'Span' }).getByText(record.span_id).waitFor();
    assert.equal(new URL(page.url()).searchParams.get('span'), record.span_id);
  }));

test('an exemplar leads from the metric to the trace that was measured', () =>
  inPage(async (page) => {
    await open(page, '/metrics');
    await page.getByRole('searchbox', { name: 'Search metrics' }).fill('http.server.request.duration');
    await rows(page, 'Metrics', 'http.server.request.duration').first().click();
    const metric = page.getByRole('region', { name: 'Metric http.server.request.duration' });

    const exemplar = metric.locator('a[href^="/traces/"]').first();
    const to = await exemplar.getAttribute('href');
    await exemplar.click();

    await page.getByRole('tree', { name: /^Spans of the trace/ }).waitFor();
    assert.equal(page.url(), viewer.url + to);
    await page.getByRole('complementary', { name: 'Span' }).waitFor();
  }));

test('log records appear as they come, wait while the page is paused, and are counted', () =>
  inPage(async (page) => {
    await send(viewer, 'logs', logs('teller', ['told before']));
    await open(page, '/logs?filter=service%3Dteller');
    await rows(page, 'Log records', 'told before').waitFor();

    await send(viewer, 'logs', logs('teller', ['told while watched']));
    await rows(page, 'Log records', 'told while watched').waitFor();

    await page.getByRole('button', { name: 'Pause' }).click();
    await send(viewer, 'logs', logs('teller', ['waits, one', 'waits, two', 'waits, three']));
    const waiting = page.getByRole('button', { name: '3 new records while paused' });
    await waiting.waitFor();
    assert.equal(await rows(page, 'Log records', 'waits').count(), 0);

    await waiting.click();
    await rows(page, 'Log records', 'waits, three').waitFor();
    assert.equal(await rows(page, 'Log records', 'waits').count(), 3);
    await page.getByRole('button', { name: 'Pause', pressed: false }).waitFor();
  }));

test('a filter is completed and applied with the keyboard alone', () =>
  inPage(async (page) => {
    await open(page, '/traces');
    await rows(page, 'Traces').first().waitFor();
    const press = (key) => page.keyboard.press(key);
    /** Goes down the completions to one of them, and takes it. */
    const take = async (name) => {
      const wanted = page.getByRole('option', { name });
      await wanted.waitFor();
      while ((await wanted.getAttribute('aria-selected')) !== 'true') await press('ArrowDown');
      await press('Enter');
    };

    await press('/');
    await page.keyboard.type('http.response.st');
    await take(/^http\.response\.status_code \d/);
    await take(/^http\.response\.status_code= is/);
    await take(/^500/);

    await eventually('only what was answered with 500 is listed', async () => {
      const filter = new URL(page.url()).searchParams.get('filter');
      return filter === 'http.response.status_code=500' || filter;
    });
    const { matched } = await ask(viewer, '/api/traces', { filter: 'http.response.status_code=500' });
    await page.getByText(`${matched} traces`, { exact: false }).first().waitFor();
    // And on into the first of them.
    await grid(page, 'Traces').focus();
    await press('ArrowDown');
    await press('Enter');
    await page.getByRole('tree', { name: /^Spans of the trace/ }).waitFor();
  }));

test('whoever is given the address sees the same', () =>
  inPage(async (page) => {
    await open(page, '/traces');
    await filterOf(page).fill(ITS_FILTER);
    await filterOf(page).press('Enter');
    await page.getByRole('combobox', { name: 'Order' }).selectOption({ index: 2 });
    const order = await page.getByRole('combobox', { name: 'Order' }).inputValue();
    await rows(page, 'Traces').first().click();
    await page.getByRole('tab', { name: 'Table' }).click();
    const spans = page.getByRole('treegrid', { name: 'Spans of the trace' });
    await spans.getByRole('row', { name: /saveOrder|processPayment/ }).first().click();
    const panel = page.getByRole('complementary', { name: 'Span' });
    await panel.locator('h2').waitFor();
    const [name, address] = [await panel.locator('h2').innerText(), page.url()];
    await page.goBack();
    await page.goBack();
    await page.goBack();
    const list = page.url();

    await inPage(async (other) => {
      await other.goto(address);
      await other.getByRole('complementary', { name: 'Span' }).getByRole('heading', { name }).waitFor();
      assert.equal(await other.getByRole('tab', { name: 'Table' }).getAttribute('aria-selected'), 'true');
      await other.goto(list);
      await rows(other, 'Traces').first().waitFor();
      assert.equal(await filterOf(other).inputValue(), ITS_FILTER);
      assert.equal(await other.getByRole('combobox', { name: 'Order' }).inputValue(), order);
      assert.equal(await rows(other, 'Traces').count(), 1);
    });
  }));

test('the map draws who calls whom, with numbers on each edge', () =>
  inPage(async (page) => {
    await open(page, '/map');
    const map = page.getByRole('group', { name: /^Service map/ });

    for (const called of ['inventory', 'payments']) {
      const edge = map.locator('.map-edge', { has: page.locator('title', { hasText: new RegExp(`gateway.*${called}`) }) }).first();
      await edge.waitFor();
      assert.match(await edge.locator('text').innerText().catch(() => edge.textContent()), /\d+(\.\d+)?\/(s|min|h)/);
      assert.match(await edge.getAttribute('aria-label'), /\d/);
    }
    await map.locator('.map-edge').first().focus();
    await page.keyboard.press('Enter');
    const chosen = page.getByRole('complementary', { name: 'What is selected' });
    await chosen.waitFor();
    assert.match(await chosen.innerText(), /Rate\s*\d/);
  }));

test('an operation leads to its traces', () =>
  inPage(async (page) => {
    await open(page, '/operations');
    await rows(page, 'Operations', /gateway[\s\S]*POST \/api\/orders[\s\S]*server/).first().click();
    const operation = page.getByRole('region', { name: 'Operation POST /api/orders' });

    await operation.getByRole('link', { name: 'With errors' }).click();

    await rows(page, 'Traces').first().waitFor();
    assert.equal(new URL(page.url()).pathname, '/traces');
    assert.match(await filterOf(page).inputValue(), /gateway/);
    assert.match(await rows(page, 'Traces').first().innerText(), /! \d/);
  }));

test('an exception leads to a trace it was thrown in', () =>
  inPage(async (page) => {
    const now = BigInt(Date.now()) * 1_000_000n;
    const text = (key, stringValue) => ({ key, value: { stringValue } });
    const event = {
      timeUnixNano: String(now),
      name: 'exception',
      attributes: [text('exception.type', 'TimeoutError'), text('exception.message', 'the card did not answer'), text('exception.stacktrace', 'at charge (card.js:7)')],
    };
    const span = {
      traceId: '5b8efff798038103d269b633813fc60c',
      spanId: 'eee19b7ec3c1b174',
      name: 'charge',
      kind: 2,
      startTimeUnixNano: String(now - 5_000_000n),
      endTimeUnixNano: String(now),
      events: [event],
      status: { code: 2, message: 'timeout' },
    };
    await send(viewer, 'traces', {
      resourceSpans: [{ resource: { attributes: [text('service.name', 'cards')] }, scopeSpans: [{ scope: { name: 'test' }, spans: [span] }] }],
    });
    await open(page, '/exceptions');

    await rows(page, 'Exceptions by type and message', 'TimeoutError').first().click();
    const panel = page.getByRole('complementary', { name: 'Exception' });
    await panel.getByText('at charge (card.js:7)').waitFor();
    await panel.getByRole('link', { name: /^Trace [0-9a-f]/ }).first().click();

    await page.getByRole('complementary', { name: 'Span' }).getByRole('heading', { name: 'charge' }).waitFor();
    assert.match(page.url(), new RegExp(`/traces/${span.traceId}\\?span=${span.spanId}`));
  }));

test('the colours are those of the system, unless others are chosen, which lasts', async () => {
  const ground = (page) => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const isDark = (colour) => colour.match(/[\d.]+/g).slice(0, 3).map(Number).every((part) => part < 80);
  await inPage(async (page) => {
    await open(page, '/');
    assert.ok(isDark(await ground(page)), await ground(page));

    await page.getByRole('combobox', { name: 'Theme' }).selectOption('light');
    assert.ok(!isDark(await ground(page)), await ground(page));

    await page.reload();
    await page.locator('h1').waitFor();
    assert.ok(!isDark(await ground(page)), await ground(page));
  }, { colorScheme: 'dark' });
});
