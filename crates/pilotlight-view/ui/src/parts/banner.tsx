// On top of every page: what was lost, refused or let go of. Each can be dismissed, and comes back when it has doubled.
import { useState } from 'preact/hooks';
import type { Schema } from '../api/client';
import { Notice } from './notice';
import { isNews, troubles } from './trouble';

interface Props {
  readonly state: Schema<'State'> | undefined;
  readonly losses: Schema<'LossList'> | undefined;
}

export function Banner({ state, losses }: Props) {
  const [dismissed, setDismissed] = useState(recalled);
  const news = troubles(state, losses).filter((one) => isNews(one, dismissed));
  if (news.length === 0) return null;
  return (
    <section class="banner" aria-label="Losses">
      {news.map((trouble) => (
        <Notice
          key={trouble.key}
          kind={trouble.kind}
          dismiss={() => {
            const next = new Map(dismissed).set(trouble.key, trouble.count);
            remember(next);
            setDismissed(next);
          }}
        >
          {trouble.text} <a href={trouble.link}>{trouble.linkText}</a>
        </Notice>
      ))}
    </section>
  );
}

/** For this tab only: tomorrow's losses are news. */
const storageKey = 'pilotlight.dismissed';

function recalled(): ReadonlyMap<string, number> {
  try {
    return new Map(JSON.parse(sessionStorage.getItem(storageKey) ?? '[]') as [string, number][]);
  } catch {
    return new Map();
  }
}

function remember(dismissed: ReadonlyMap<string, number>): void {
  try {
    sessionStorage.setItem(storageKey, JSON.stringify([...dismissed]));
  } catch {
    // Then it is dismissed until the page is loaded again.
  }
}
