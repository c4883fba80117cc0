// Weighs the built page as it goes over the wire, and fails when it is over its budget.
import { readdirSync, readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

const budget = 100 * 1024;
// The program has a fixed list of files; another name would not be served.
const served = new Set(['index.html', 'app.js', 'app.css']);

const dist = new URL('../dist/', import.meta.url);
let total = 0;
let unserved = [];
for (const name of readdirSync(dist).sort()) {
  const content = readFileSync(new URL(name, dist));
  const weight = gzipSync(content, { level: 9 }).length;
  total += weight;
  console.log(`${name.padEnd(12)} ${String(content.length).padStart(8)} bytes ${String(weight).padStart(7)} gzip`);
  if (!served.has(name)) unserved.push(name);
}
console.log(`in all ${total} bytes gzip of ${budget} (${Math.round((100 * total) / budget)} %)`);

if (unserved.length > 0) {
  console.error(`The program does not serve ${unserved.join(', ')}: see FILES in src/page/files.rs.`);
  process.exit(1);
}
if (total > budget) {
  console.error(`The page is ${total - budget} bytes over its budget.`);
  process.exit(1);
}
