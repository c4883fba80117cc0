// A line of small bars: how something went, beside its numbers in a table.

interface Props {
  values: readonly number[];
  /** What the bars are, for those who do not see them. */
  words: string;
}

const width = 90;
const height = 20;

export function Spark({ values, words }: Props) {
  return (
    <svg class="spark" viewBox={`0 0 ${width} ${height}`} width={width} height={height} role="img" aria-label={words} preserveAspectRatio="none">
      <path d={bars(values, width, height)} />
    </svg>
  );
}

/** The bars as one path: what is not nothing is at least a pixel high. */
export function bars(values: readonly number[], width: number, height: number): string {
  const most = values.reduce((most, value) => Math.max(most, value), 0);
  const step = width / Math.max(1, values.length);
  return values
    .map((value, i) => {
      if (!(value > 0)) return '';
      const high = Math.max(1, (value / most) * height);
      return `M${round(i * step)} ${height}v${round(-high)}h${round(step * 0.8)}v${round(high)}z`;
    })
    .join('');
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
