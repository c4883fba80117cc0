// Serves the built page with answers made up for a bench, under the rules that the viewer itself holds browsers to.

import { createServer } from 'node:http';
import { readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const DIST = fileURLToPath(new URL('../dist/', import.meta.url));
const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml' };
const POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:";

/** `answers`: from a path to what is answered as JSON, or a function of the request's URL. Everything else is the page. */
export async function serve(answers, port = 0) {
  const server = createServer(async (request, response) => {
    const url = new URL(request.url, 'http://localhost');
    response.setHeader('Content-Security-Policy', POLICY);
    if (url.pathname === '/api/changes' || url.pathname === '/api/tail') {
      response.writeHead(200, { 'Content-Type': 'text/event-stream' });
      response.write(': nothing\n\n');
      answers[url.pathname]?.(response);
      return;
    }
    if (url.pathname.startsWith('/api/')) {
      const answer = answers[url.pathname];
      response.writeHead(answer === undefined ? 404 : 200, { 'Content-Type': 'application/json' });
      response.end(JSON.stringify(typeof answer === 'function' ? answer(url) : (answer ?? { message: 'nothing here', position: null })));
      return;
    }
    const file = extname(url.pathname) in TYPES ? url.pathname : '/index.html';
    const content = await readFile(join(DIST, file)).catch(() => null);
    response.writeHead(content ? 200 : 404, { 'Content-Type': TYPES[extname(file)] ?? 'text/plain' });
    response.end(content ?? 'not there; `npm run build` first');
  });
  await new Promise((ready) => server.listen(port, '127.0.0.1', ready));
  return { address: `http://127.0.0.1:${server.address().port}`, close: () => server.close() || server.closeAllConnections() };
}
