// The programs under test as processes of the test: each on free ports, with what it wrote for when something goes wrong, and gone with
// the test. Where they are is told by `cargo xtask browser`.

import { spawn } from 'node:child_process';

/** Every process that is started gets this long to say what it listens on: the machine may be busy with other tests. */
const START_MAX = 60_000;
/** What it wrote last, characters. */
const KEPT = 20_000;

const running = new Set();
process.on('exit', () => running.forEach((child) => child.kill('SIGKILL')));

export function programPath(variable) {
  const path = process.env[variable];
  if (!path) throw new Error(`${variable} does not say where the program is: \`cargo xtask browser\` builds it and says so`);
  return path;
}

/** Starts a program. `telling(text)` looks at all that it wrote and returns what is waited for, or nothing yet. */
async function start(path, args, environment, telling) {
  const child = spawn(path, args, { env: { ...process.env, ...environment }, stdio: ['ignore', 'pipe', 'pipe'] });
  running.add(child);
  let said = '';
  const ended = new Promise((done) => {
    child.on('error', (error) => done(`could not be started: ${error.message}`));
    child.on('close', (code, signal) => done(`ended with ${code ?? signal}`));
  }).finally(() => running.delete(child));
  const told = await new Promise((done, failed) => {
    const late = setTimeout(() => failed(new Error(`${path} says nothing of use in ${START_MAX} ms:\n${said}`)), START_MAX);
    const look = (data) => {
      said = (said + data).slice(-KEPT);
      const found = telling(said);
      if (found === undefined) return;
      clearTimeout(late);
      done(found);
    };
    child.stdout.on('data', look);
    child.stderr.on('data', look);
    ended.then((how) => {
      clearTimeout(late);
      failed(new Error(`${path} ${how}:\n${said}`));
    });
  });
  const stop = async () => {
    child.kill('SIGTERM');
    await ended;
  };
  return { told, ended, stop, said: () => said };
}

/** `pilotlight view` on free ports: `url` is the page's, without a slash at its end; `grpc` and `http` are where OTLP goes. */
export async function startViewer() {
  const free = ['--port=0', '--grpc-port=0', '--http-port=0'];
  const viewer = await start(programPath('PILOTLIGHT_PROGRAM'), ['view', ...free], {}, (said) => {
    if (!said.includes('Ctrl-C')) return undefined;
    const port = (what) => said.match(new RegExp(`127\\.0\\.0\\.1:(\\d+) +${what}`))?.[1];
    return { url: said.match(/http:\/\/[\d.]+:\d+/)?.[0], grpc: port('gRPC'), http: port('HTTP') };
  });
  const { url, grpc, http } = viewer.told;
  return { url, grpc: `http://127.0.0.1:${grpc}`, http: `http://127.0.0.1:${http}`, stop: viewer.stop };
}

/** What is told soon is seen soon. */
function telling(viewer) {
  return {
    OTEL_EXPORTER_OTLP_ENDPOINT: viewer.http,
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf',
    OTEL_METRIC_EXPORT_INTERVAL: '1000',
    OTEL_BSP_SCHEDULE_DELAY: '200',
    OTEL_BLRP_SCHEDULE_DELAY: '200',
  };
}

/** The shop with all of its programs, telling the viewer; `url` is its gateway's. */
export async function startShop(viewer) {
  const shop = await start(
    programPath('SHOP_PROGRAM'),
    ['--addr=127.0.0.1:0', '--payment-latency-ms=20', '--notice-ms=0'],
    telling(viewer),
    (said) => said.match(/shop listens on (http:\/\/[\d.]+:\d+)/)?.[1],
  );
  return { url: shop.told, stop: shop.stop };
}

/** The shop's own traffic, always the same, to its end. */
export async function makeTraffic(shop, viewer, { rate = 20, seconds = 5, seed = 7 } = {}) {
  const args = ['load', `--target=${shop.url}`, `--rate=${rate}`, `--duration-s=${seconds}`, `--seed=${seed}`];
  const load = await start(programPath('SHOP_PROGRAM'), args, telling(viewer), (said) => (said.includes('requests in') ? true : undefined));
  await load.ended;
}

/** Orders something; the answer's status. */
export async function order(shop, wanted) {
  const answer = await fetch(`${shop.url}/api/orders`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(wanted),
  });
  await answer.arrayBuffer();
  return answer.status;
}
