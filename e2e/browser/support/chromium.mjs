// A real Chromium, and pages in it whose every complaint is a failure.

import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { PLENTY } from './viewer.mjs';
import { programPath } from './programs.mjs';

/** No window, no graphics card, and nothing but what the tests ask for goes over the network. */
const FLAGS = [
  '--headless=new',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--disable-dev-shm-usage',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** The browser, with a folder of its own for what it keeps. */
export async function startChromium() {
  const folder = await mkdtemp(join(tmpdir(), 'pilotlight-chromium-'));
  const browser = await chromium.launch({
    executablePath: programPath('CHROMIUM_PROGRAM'),
    args: FLAGS,
    env: { ...process.env, ...libraries(), HOME: folder, XDG_CONFIG_HOME: folder, XDG_CACHE_HOME: folder },
    timeout: PLENTY,
  });
  return {
    /** Runs a story on a fresh page: what one test chose or stored, no other sees. */
    page: (viewer, story, options = {}) => inPage(browser, viewer, story, options),
    async stop() {
      await browser.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Where the libraries of a Chromium are that is not installed. */
function libraries() {
  const folders = process.env.CHROMIUM_LIBRARIES;
  return folders ? { LD_LIBRARY_PATH: folders } : {};
}

/** `refused`: the story asks what the viewer refuses, which the browser notes as an error; it is none then. */
async function inPage(browser, viewer, story, { refused = false, ...options }) {
  const context = await browser.newContext({ baseURL: viewer.url, viewport: { width: 1280, height: 800 }, ...options });
  context.setDefaultTimeout(PLENTY);
  try {
    const page = await context.newPage();
    const complaints = await watch(page, refused);
    const told = await story(page, context);
    assert.deepEqual(complaints, [], 'errors on the console, or violations of the content security policy');
    return told;
  } finally {
    await context.close();
  }
}

/** All that the page, or the browser about the page, complains about. */
async function watch(page, refused) {
  const complaints = [];
  const isRefusal = (text) => refused && /Failed to load resource.* status of 4\d\d/.test(text);
  page.on('pageerror', (error) => complaints.push(`uncaught: ${error.message}`));
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type()) && !isRefusal(message.text())) complaints.push(`${message.type()}: ${message.text()}`);
  });
  // A dialog is something that ran which should not have.
  page.on('dialog', (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  await page.exposeFunction('noteViolation', (what) => complaints.push(what));
  await page.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (event) => {
      globalThis.noteViolation(`policy: ${event.violatedDirective} by ${event.blockedURI} at ${event.sourceFile}:${event.lineNumber}`);
    });
  });
  return complaints;
}
