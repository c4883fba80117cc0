// A question to the viewer and what came of it, for components.
import { useEffect, useRef, useState } from 'preact/hooks';
import { type Answer, type GetPath, type Question, Refusal, get } from '../api/client';
import { useLive } from './changes';

export interface Asked<T> {
  /** The newest answer; that of the question before stays until the next is there, so that pages do not flicker. */
  readonly answer: T | undefined;
  /** Why there is no newer answer. */
  readonly refusal: Refusal | undefined;
  /** A question is under way. */
  readonly asking: boolean;
}

export interface AskOptions {
  /** Ask again when something came. Default: yes. */
  readonly live?: boolean;
  /** But at most this often, in milliseconds. Default: as often as news is told. */
  readonly restMs?: number;
}

/**
 * Asks, and asks again when the question changes or something came. `question` of `undefined` asks nothing.
 * A question that is overtaken by the next is given up.
 */
export function useAnswer<P extends GetPath>(
  path: P,
  question: Question<P> | undefined,
  { live = true, restMs = 0 }: AskOptions = {},
): Asked<Answer<P>> {
  const { number } = useLive();
  const [asked, setAsked] = useState<Asked<Answer<P>> & Of>(nothing);
  const key = question === undefined ? undefined : JSON.stringify([path, question]);
  const again = useRef<() => void>(() => {});
  useEffect(() => {
    if (question === undefined) {
      setAsked({ ...nothing, of: key, asking: false });
      return;
    }
    const abort = new AbortController();
    let underWay = false;
    let stale = false;
    let hopeless = false;
    // News does not interrupt a question, or slow answers would never come while news does: it is asked again afterwards.
    const ask = async () => {
      // A question that cannot be read is not read any better later.
      if (hopeless) return;
      if (underWay) {
        stale = true;
        return;
      }
      underWay = true;
      setAsked((before) => ({ ...before, of: key, asking: true }));
      const outcome = await get(path, question, abort.signal).then(
        (answer) => ({ answer, refusal: undefined }),
        (cause: unknown) => ({ refusal: Refusal.of(cause) }),
      );
      if (abort.signal.aborted) return;
      underWay = false;
      hopeless = outcome.refusal?.status === 400;
      setAsked((before) => ({ ...before, ...outcome, asking: false }));
      if (stale) {
        stale = false;
        again.current();
      }
    };
    again.current = () => void ask();
    again.current();
    return () => abort.abort();
  }, [key]);
  // The first asking is above; this is for the news after it.
  const seen = useRef(number);
  const askedAt = useRef(performance.now());
  useEffect(() => {
    if (!live || number === seen.current) return;
    const wait = askedAt.current + restMs - performance.now();
    const ask = () => {
      seen.current = number;
      askedAt.current = performance.now();
      again.current();
    };
    if (wait <= 0) return ask();
    const timer = setTimeout(ask, wait);
    return () => clearTimeout(timer);
  }, [live, number, restMs]);
  // The rendering with a new question comes before its effect: what is there is an answer to the question before.
  return asked.of === key ? asked : { ...asked, asking: key !== undefined };
}

interface Of {
  /** Which question this is about. */
  readonly of: string | undefined;
}

const nothing = { answer: undefined, refusal: undefined, asking: true, of: undefined };
