// Finding spans in a trace that is already here: by name, service, id, kind, status or the name of an event.

import type { SpanRow, Trace } from './types';

/** Positions of the spans that hold every word, in any case of letters. None for an empty question. */
export function findSpans(trace: Trace, question: string): number[] {
  const words = question.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return [];
  const services = trace.services.map((service) => service.toLowerCase());
  const found: number[] = [];
  trace.spans.forEach((span, at) => {
    const service = services[span.service] ?? '';
    if (words.every((word) => service.includes(word) || holds(span, word))) found.push(at);
  });
  return found;
}

function holds(span: SpanRow, word: string): boolean {
  return (
    span.name.toLowerCase().includes(word) ||
    span.span_id.includes(word) ||
    span.kind === word ||
    span.status === word ||
    (span.status_message?.toLowerCase().includes(word) ?? false) ||
    span.events.some((event) => event.name.toLowerCase().includes(word))
  );
}

/** What is in one of them or in both, rising. */
export function union(one: readonly number[], other: readonly number[]): number[] {
  return [...new Set([...one, ...other])].sort((a, b) => a - b);
}

/** The next one after (or before) a position, around the end; -1 when there is none. The positions rise. */
export function nextOf(positions: readonly number[], at: number, step: 1 | -1): number {
  if (positions.length === 0) return -1;
  if (step > 0) return positions.find((position) => position > at) ?? positions[0]!;
  for (let n = positions.length - 1; n >= 0; n--) if (positions[n]! < at) return positions[n]!;
  return positions[positions.length - 1]!;
}
