// The live tail of a question.

import { useEffect, useRef, useState } from 'preact/hooks';
import { addressOf } from '../../api/client';
import { type Connection, listen } from './listen';
import { begun, EMPTY_TAIL, missed, paused, pushed, resumed, type Tail } from './tail';

export interface Tailing {
  tail: Tail;
  connection: Connection;
  /** Rises with each connection: what came before it has to be asked for. */
  opened: number;
}

/** `question` of `undefined` listens to nothing. While `held`, records wait. */
export function useTail(question: { filter?: string; severity_min?: number } | undefined, held: boolean): Tailing {
  const [tail, setTail] = useState(EMPTY_TAIL);
  const [connection, setConnection] = useState<Connection>('there');
  const [opened, setOpened] = useState(0);
  const address = question === undefined ? undefined : addressOf('/api/tail', question);
  const holding = useRef(held);
  holding.current = held;
  useEffect(() => setTail((before) => (held ? paused(before) : before.paused ? resumed(before) : before)), [held]);
  useEffect(() => {
    setTail(holding.current ? paused(EMPTY_TAIL) : EMPTY_TAIL);
    setConnection('there');
    if (address === undefined) return;
    return listen(address, {
      came: (rows, lost) => setTail((before) => missed(pushed(before, rows), lost)),
      opened: () => {
        setConnection('there');
        setTail(begun);
        setOpened((count) => count + 1);
      },
      lost: setConnection,
    });
  }, [address]);
  return { tail, connection, opened };
}
