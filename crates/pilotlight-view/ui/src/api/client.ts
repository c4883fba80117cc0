// The viewer's API, typed by its own description.
import type { components, paths } from './schema';

type Schemas = components['schemas'];

/** A type of the API by its name: `Schema<'TraceSummary'>`. */
export type Schema<Name extends keyof Schemas> = Schemas[Name];

/** The paths that can be asked with GET. */
export type GetPath = { [P in keyof paths]: paths[P] extends { get: object } ? P : never }[keyof paths];

type Parameters<P extends GetPath> = paths[P]['get'] extends { parameters: infer Of } ? Of : never;
/** What is under a name of the parameters; no demand at all where there are none (`never` in the description). */
type Under<Of, Name extends string> = Of extends { readonly [N in Name]?: infer Found }
  ? [NonNullable<Found>] extends [never]
    ? unknown
    : NonNullable<Found>
  : unknown;

/** What a path is asked with: the parts of its path and its query in one. */
export type Question<P extends GetPath> = Under<Parameters<P>, 'path'> & Under<Parameters<P>, 'query'>;

/** What a path answers. */
export type Answer<P extends GetPath> = paths[P]['get'] extends {
  responses: { 200: { content: { 'application/json': infer Of } } };
}
  ? Of
  : never;

/** Why there is no answer: in words, and where in the filter when that is what is wrong. */
export class Refusal extends Error {
  constructor(
    message: string,
    /** HTTP's status; 0 when the viewer could not be reached. */
    readonly status: number,
    /** A byte's position in the filter. */
    readonly position: number | undefined = undefined,
  ) {
    super(message);
  }

  static of(cause: unknown): Refusal {
    if (cause instanceof Refusal) return cause;
    const words = cause instanceof Error ? cause.message : String(cause);
    return new Refusal(`The viewer cannot be reached (${words}). Is \`pilotlight view\` still running?`, 0);
  }
}

/** Asks one question. Rejects with a `Refusal`, or with the signal's reason when it is given up. */
export async function get<P extends GetPath>(
  path: P,
  question: Question<P>,
  signal?: AbortSignal,
): Promise<Answer<P>> {
  const response = await fetch(addressOf(path, question as Readonly<Record<string, unknown>>), {
    headers: { accept: 'application/json' },
    signal: signal ?? null,
  });
  if (!response.ok) throw await refusalOf(response);
  return (await response.json()) as Answer<P>;
}

/** Sends a body, or nothing, and takes what is answered. */
export async function post<T>(path: string, body: BodyInit | undefined, signal?: AbortSignal): Promise<T> {
  const response = await fetch(path, { method: 'POST', body: body ?? null, signal: signal ?? null });
  if (!response.ok) throw await refusalOf(response);
  const text = await response.text();
  return (text === '' ? undefined : JSON.parse(text)) as T;
}

/** `/api/traces/{trace_id}` with its names filled in and the rest as the query; what is undefined or empty is left out. */
export function addressOf(path: string, question: Readonly<Record<string, unknown>>): string {
  const query = new URLSearchParams();
  let address = path;
  for (const [key, value] of Object.entries(question)) {
    const place = `{${key}}`;
    if (address.includes(place)) address = address.replace(place, () => encodeURIComponent(String(value)));
    else if (value !== undefined && value !== null && value !== '' && value !== false) {
      query.append(key, String(value));
    }
  }
  const text = query.toString();
  return text === '' ? address : `${address}?${text}`;
}

async function refusalOf(response: Response): Promise<Refusal> {
  const text = await response.text();
  try {
    const error = JSON.parse(text) as { message?: unknown; position?: unknown };
    if (typeof error.message === 'string') {
      const position = typeof error.position === 'number' ? error.position : undefined;
      return new Refusal(error.message, response.status, position);
    }
  } catch {
    // Not ours: said below.
  }
  return new Refusal(text.slice(0, 300) || `The viewer answered ${response.status}.`, response.status);
}
