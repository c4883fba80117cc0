// All pages there are, and the parts that they share.

/** The ways in the navigation, by their names. */
export const PAGES = {
  Overview: '/',
  Traces: '/traces',
  Logs: '/logs',
  Metrics: '/metrics',
  Exceptions: '/exceptions',
  Operations: '/operations',
  Map: '/map',
  Resources: '/resources',
  Findings: '/findings',
  Viewer: '/viewer',
};

export const grid = (page, name) => page.getByRole('grid', { name });

/** The rows of a table that hold a text, without its head. */
export const rows = (page, name, hasText) => grid(page, name).locator('.table-row', hasText === undefined ? {} : { hasText });

/** Goes to a page and waits for its heading. */
export async function open(page, path) {
  await page.goto(path);
  await page.locator('h1').waitFor();
}

/** And until it has been told all that it asked for; streams of news do not count. */
export async function openWhole(page, path) {
  await open(page, path);
  await page.waitForLoadState('networkidle');
}

export const filterOf = (page) => page.getByRole('combobox', { name: /^Filter/ });
