// The times above the bars.

import { ticks } from './ticks';
import { type Range, toX } from './zoom';

export function Ruler({ range, width }: { range: Range; width: number }) {
  return (
    <div class="ruler" aria-hidden="true">
      {ticks(range.from, range.to, width / 90).map((tick) => (
        <span key={tick.at} style={{ transform: `translateX(${toX(range, width, tick.at)}px)` }}>
          {tick.label}
        </span>
      ))}
    </div>
  );
}
