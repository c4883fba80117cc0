// The records that were there before the tail began: asked for once for each question, and again after the connection was lost.

import { useEffect, useState } from 'preact/hooks';
import { get, type Question, Refusal } from '../../api/client';
import type { LogList } from './types';

export interface Listed {
  answer: LogList | undefined;
  refusal: Refusal | undefined;
}

export function useLogList(question: Question<'/api/logs'>, again: number): Listed {
  const [listed, setListed] = useState<Listed>({ answer: undefined, refusal: undefined });
  useEffect(() => {
    const abort = new AbortController();
    get('/api/logs', question, abort.signal).then(
      (answer) => setListed({ answer, refusal: undefined }),
      (cause: unknown) => abort.signal.aborted || setListed((before) => ({ ...before, refusal: Refusal.of(cause) })),
    );
    return () => abort.abort();
  }, [JSON.stringify(question), again]);
  return listed;
}
