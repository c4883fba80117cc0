// Every page, for everyone: with and without telemetry, by screen reader and by keyboard, in both colours.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';
import { startChromium } from '../support/chromium.mjs';
import { PAGES, open, openWhole } from '../support/pages.mjs';
import { makeTraffic, startShop, startViewer } from '../support/programs.mjs';
import { ask, eventually } from '../support/viewer.mjs';

let viewer;
let empty;
let browser;
/** All pages, and those of what is open: a trace, a record, a metric. */
const pages = { ...PAGES };

before(async () => {
  [viewer, empty, browser] = await Promise.all([startViewer(), startViewer(), startChromium()]);
  const shop = await startShop(viewer);
  await makeTraffic(shop, viewer, { seconds: 3 });
  await eventually('all signals are held', async () => {
    const { held } = await ask(viewer, '/api/state');
    return held.spans > 0 && held.logs > 0 && held.points > 0;
  });
  // Nothing more comes: what is looked at stays what it is.
  await shop.stop();
  const { traces } = await ask(viewer, '/api/traces', { limit: 1 });
  const { logs } = await ask(viewer, '/api/logs', { limit: 1 });
  const id = traces[0].trace_id;
  const { spans } = await ask(viewer, `/api/traces/${id}`);
  pages['A trace'] = `/traces/${id}?span=${spans[0].span_id}`;
  pages['A trace as a table'] = `/traces/${id}?tab=table`;
  pages['A log record'] = `/logs?log=${logs[0].id}`;
  pages['A metric'] = '/metrics?name=http.server.request.duration&kind=histogram';
});

after(async () => {
  await browser?.stop();
  await viewer?.stop();
  await empty?.stop();
});

const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** What an edge of the map shows is a measurement that changes by the second, and not a name that somebody would call it by. */
const RULES = { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'], rules: { 'label-content-name-mismatch': { enabled: false } } };

test('no page complains, with telemetry or without', async () => {
  for (const shown of [viewer, empty]) {
    await browser.page(shown, async (page) => {
      for (const path of Object.values(shown === viewer ? pages : PAGES)) {
        await openWhole(page, path);
      }
    });
  }
});

test('a viewer that has nothing says how to send something', () =>
  browser.page(empty, async (page) => {
    await open(page, '/');

    await page.getByText('OTEL_EXPORTER_OTLP_ENDPOINT').first().waitFor();

    assert.match(await page.locator('main').innerText(), new RegExp(new URL(empty.http).port));
  }));

test('every page has one heading, landmarks, a title of its own, and the way to it marked', () =>
  browser.page(viewer, async (page) => {
    const titles = new Set();
    for (const [name, path] of Object.entries(PAGES)) {
      await open(page, path);
      await page.waitForFunction(() => document.title.includes('·'));
      titles.add(await page.title());
      const found = await page.evaluate(() => ({
        headings: document.querySelectorAll('h1').length,
        mains: document.querySelectorAll('main').length,
        navigations: document.querySelectorAll('nav[aria-label]').length,
        language: document.documentElement.lang,
      }));
      assert.deepEqual(found, { headings: 1, mains: 1, navigations: 1, language: 'en' }, name);
      const current = page.locator('nav [aria-current=page]');
      assert.equal((await current.innerText()).split('\n')[0].trim(), name);
    }
    assert.equal(titles.size, Object.keys(PAGES).length);
  }));

for (const colorScheme of ['light', 'dark']) {
  test(`every page keeps to the rules of WCAG 2 A and AA, ${colorScheme}`, () =>
    browser.page(
      viewer,
      async (page) => {
        const broken = [];
        for (const [name, path] of Object.entries(pages)) {
          await openWhole(page, path);
          await page.evaluate(axe);
          const { violations } = await page.evaluate((options) => globalThis.axe.run(options), RULES);
          for (const { id, nodes } of violations) broken.push(`${name}: ${id}: ${nodes.slice(0, 3).map((node) => node.html.slice(0, 200)).join('\n    ')}`);
        }
        assert.deepEqual(broken, []);
      },
      { colorScheme },
    ));
}

test('the tab key reaches everything that can be pressed', () =>
  browser.page(viewer, async (page) => {
    for (const [name, path] of Object.entries(pages)) {
      await openWhole(page, path);
      const expected = await page.evaluate(markWhatCanBePressed);
      const reached = new Set();
      // All the way, and what is in tables, too.
      const most = 20 + (await page.locator('a, button, input, select, summary, [tabindex]').count());
      for (let presses = 0; presses < most && reached.size < expected.length; presses++) {
        await page.keyboard.press('Tab');
        const mark = await page.evaluate(() => document.activeElement?.getAttribute('data-mark'));
        if (mark) reached.add(mark);
      }
      const missed = expected.filter(({ mark }) => !reached.has(mark)).map(({ html }) => html).slice(0, 5);
      assert.deepEqual(missed, [], name);
    }
  }));

/** In the page: numbers what can be pressed or typed into, but for what is reached with the arrow keys within something. */
function markWhatCanBePressed() {
  const composite = '[role=grid] *, [role=treegrid] *, [role=tree] *, [role=tab][tabindex="-1"], svg *, [aria-hidden=true]';
  const all = [...document.querySelectorAll('a[href], button, input, select, summary, [tabindex="0"]')];
  const pressed = all.filter((element) => !element.matches(composite) && !element.disabled && element.checkVisibility() && element.tabIndex >= 0);
  return pressed.map((element, at) => {
    element.setAttribute('data-mark', String(at));
    return { mark: String(at), html: element.outerHTML.slice(0, 150) };
  });
}
