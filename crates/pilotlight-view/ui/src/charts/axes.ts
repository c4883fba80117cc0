// What the charts' axes have in common.
import type uPlot from 'uplot';
import type { Ink } from './ink';
import { timeIncrements, timeLabels, timeTicks } from './ticks';

/** An axis as wide as its longest label needs it. */
export function axis({ muted, line }: Ink): uPlot.Axis {
  return {
    stroke: muted,
    font: '11px system-ui, sans-serif',
    grid: { stroke: line, width: 1 },
    ticks: { stroke: line, width: 1, size: 4 },
    gap: 4,
    size: (_, labels) => Math.max(34, 14 + 6.4 * (labels ?? []).reduce((longest, label) => Math.max(longest, String(label ?? '').length), 0)),
  };
}

/** Time, in the browser's own zone and in 24 hours. */
export function timeAxis(ink: Ink): uPlot.Axis {
  return {
    ...axis(ink),
    space: 70,
    size: 26,
    incrs: [...timeIncrements],
    splits: (_, __, from, to, increment) => timeTicks(from, to, increment),
    values: (_, ticks, __, ___, increment) => timeLabels(ticks, increment),
  };
}
