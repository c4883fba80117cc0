// Tells a screen reader what came of a change that the reader made, and nothing of what changes by itself.
import { useEffect, useRef, useState } from 'preact/hooks';

interface Props {
  /** What was asked for. Only a change of it is announced. */
  readonly subject: string;
  /** What came of it; `undefined` until that is known. */
  readonly text: string | undefined;
}

export function Announcement({ subject, text }: Props) {
  // What a page shows at first is read with the page.
  const announced = useRef(subject);
  const [words, setWords] = useState('');
  useEffect(() => {
    if (text === undefined || announced.current === subject) return;
    announced.current = subject;
    setWords(text);
  }, [subject, text]);
  return (
    <span class="only-read" role="status">
      {words}
    </span>
  );
}
