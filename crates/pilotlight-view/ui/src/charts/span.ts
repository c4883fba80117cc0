// The stretch of time that a chart shows, in equal steps.

export interface Span {
  /** Where the first step begins, milliseconds since 1970. */
  startMs: number;
  /** How long a step is, milliseconds. */
  stepMs: number;
  steps: number;
}

export function stepTimes({ startMs, stepMs, steps }: Span): number[] {
  return Array.from({ length: steps }, (_, step) => startMs + step * stepMs);
}

export function spanEnd({ startMs, stepMs, steps }: Span): number {
  return startMs + stepMs * steps;
}

/** What is shown after zooming around a moment: `factor` times as long, and at least ten milliseconds. */
export function zoomed(span: Span, aroundMs: number, factor: number): [fromMs: number, toMs: number] {
  const length = spanEnd(span) - span.startMs;
  const long = Math.max(10, length * factor);
  const share = length > 0 ? (aroundMs - span.startMs) / length : 0.5;
  const from = aroundMs - share * long;
  return [from, from + long];
}

/** From when to when, in words: with the dates, unless all of it is today. */
export function formatSpan(span: Span, now = Date.now()): string {
  const ends = [span.startMs, spanEnd(span)];
  const today = ends.every((end) => formatMoment(end, day) === formatMoment(now, day));
  return ends.map((end) => dated(end, 1000, !today)).join(' to ');
}

/** When a step begins: with the date where the span is longer than a day, and the same time of day comes again. */
export function formatStep(span: Span, step: number): string {
  return dated(span.startMs + step * span.stepMs, span.stepMs, spanEnd(span) - span.startMs > day);
}

function dated(ms: number, stepMs: number, withDate: boolean): string {
  const time = formatMoment(ms, stepMs);
  return withDate && stepMs < day ? `${formatMoment(ms, day)} ${time}` : time;
}

const day = 86_400_000;

/** A moment as precisely as the steps need it, in the browser's own time zone. */
export function formatMoment(ms: number, stepMs: number): string {
  const date = new Date(ms);
  if (Number.isNaN(date.getTime())) return '–';
  const two = (part: number) => String(part).padStart(2, '0');
  const minutes = `${two(date.getHours())}:${two(date.getMinutes())}`;
  if (stepMs >= day) return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  if (stepMs >= 60_000 && stepMs % 60_000 === 0) return minutes;
  const seconds = `${minutes}:${two(date.getSeconds())}`;
  return stepMs % 1000 === 0 ? seconds : `${seconds}.${String(date.getMilliseconds()).padStart(3, '0')}`;
}
