// What the tests ask of a viewer beside its page: its API, and its receiver.

/** For what is expected to be there long before. */
export const PLENTY = 60_000;

/** Looks again and again until something holds, and tells what it saw last when it does not come to that. */
export async function eventually(what, look) {
  const deadline = Date.now() + PLENTY;
  for (;;) {
    const seen = await look().catch((error) => error);
    if (seen === true) return;
    if (Date.now() > deadline) throw new Error(`not in ${PLENTY} ms: ${what}; instead: ${seen instanceof Error ? seen.message : JSON.stringify(seen)}`);
    await new Promise((again) => setTimeout(again, 50));
  }
}

export async function ask(viewer, path, query = {}) {
  const answer = await fetch(`${viewer.url}${path}?${new URLSearchParams(query)}`);
  if (!answer.ok) throw new Error(`${path} answers ${answer.status}: ${await answer.text()}`);
  return answer.json();
}

/** Sends an OTLP/JSON request of `traces`, `metrics` or `logs`. */
export async function send(viewer, signal, request) {
  const answer = await fetch(`${viewer.http}/v1/${signal}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(request),
  });
  if (!answer.ok) throw new Error(`${signal} are refused with ${answer.status}: ${await answer.text()}`);
  return answer.json();
}

export const attribute = (key, stringValue) => ({ key, value: { stringValue } });

export const resource = (service, attributes = []) => ({ attributes: [attribute('service.name', service), ...attributes] });

/** Nanoseconds since 1970, so many milliseconds from now. */
export const nanoNow = (ms = 0) => String(BigInt(Date.now() + ms) * 1_000_000n);

/** Log records of a service, one for each text. */
export function logs(service, texts) {
  const logRecords = texts.map((text) => ({ timeUnixNano: nanoNow(), severityNumber: 9, severityText: 'INFO', body: { stringValue: text } }));
  return { resourceLogs: [{ resource: resource(service), scopeLogs: [{ scope: { name: 'test' }, logRecords }] }] };
}
