// The records that were there before the tail began: asked for once for each question, and again with each connection.

import { useEffect, useState } from 'preact/hooks';
import { get, type Question, Refusal } from '../../api/client';
import type { LogList } from './types';

export interface Listed {
  answer: LogList | undefined;
  refusal: Refusal | undefined;
  /** The occasion that this came of; of none before anything came. */
  of: string | undefined;
}

/** Asks when the question changes, and on each other occasion. The answer before stays until there is the next. */
export function useLogList(question: Question<'/api/logs'>, occasion: string): Listed {
  const [listed, setListed] = useState<Listed>({ answer: undefined, refusal: undefined, of: undefined });
  useEffect(() => {
    const abort = new AbortController();
    get('/api/logs', question, abort.signal).then(
      (answer) => setListed({ answer, refusal: undefined, of: occasion }),
      (cause: unknown) => abort.signal.aborted || setListed((before) => ({ ...before, refusal: Refusal.of(cause), of: occasion })),
    );
    return () => abort.abort();
  }, [JSON.stringify(question), occasion]);
  return listed;
}
