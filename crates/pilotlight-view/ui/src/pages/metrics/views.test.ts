import { describe, expect, it } from 'vitest';
import { distinct, dotsOf, groupKeys, quantileLabel, rawWord, spanOf, tracePath, unitOf, viewNamed, viewsOf, type Exemplar, type MetricData } from './views';

const data = (more: Partial<MetricData> = {}): MetricData => ({
  name: 'm',
  unit: 's',
  description: '',
  kind: 'histogram',
  monotonic: false,
  meaning: 'recorded a second',
  start_ms: 1000,
  step_ms: 100,
  lines: [{ label: 'm', values: [1, 2, null], resets: [] }],
  lines_left_out: 0,
  exemplars: [],
  notes: [],
  ...more,
});

const exemplar = (more: Partial<Exemplar> = {}): Exemplar => ({ time_ms: 1150, value: 0.25, known: true, attributes: [], line: 0, ...more });

describe('the views of a metric', () => {
  it('begin with the heatmap for histograms, and are only lines for sums and gauges', () => {
    expect(viewsOf('exponential_histogram')[0]).toBe('heatmap');
    expect(viewsOf('summary')[0]).toBe('percentiles');
    expect(viewsOf('sum')).toEqual(['lines']);
  });

  it('are what the address says, when there is such a one', () => {
    expect(viewNamed('histogram', 'mean')).toBe('mean');
    expect(viewNamed('histogram', 'lines')).toBe('heatmap');
    expect(viewNamed('gauge', 'constructor')).toBe('lines');
  });

  it('have their units', () => {
    expect(unitOf({ unit: 'By', meaning: 'a second' }, 'lines')).toBe('By/s');
    expect(unitOf({ unit: 'By', meaning: 'value' }, 'lines')).toBe('By');
    expect(unitOf({ unit: 's', meaning: 'recorded a second' }, 'percentiles')).toBe('s');
    expect(unitOf({ unit: 's', meaning: 'recorded a second' }, 'count')).toBe('/s');
    expect(unitOf({ unit: 's', meaning: 'recorded in each step' }, 'count')).toBe('');
  });

  it('can be shown as they are where that is not what they show anyway', () => {
    expect(rawWord({ kind: 'sum', monotonic: true, temporality: 'cumulative' }, 'lines')).toBe('Total');
    expect(rawWord({ kind: 'sum', monotonic: true, temporality: 'delta' }, 'lines')).toBe('In each step');
    expect(rawWord({ kind: 'sum', monotonic: false, temporality: 'cumulative' }, 'lines')).toBeNull();
    expect(rawWord({ kind: 'histogram', monotonic: false, temporality: 'delta' }, 'count')).toBe('In each step');
    expect(rawWord({ kind: 'histogram', monotonic: false, temporality: 'delta' }, 'mean')).toBeNull();
  });

  it('know their steps, with lines or without', () => {
    expect(spanOf(data()).steps).toBe(3);
    expect(spanOf(data({ lines: [], heatmap: { bounds: [1], counts: [0, 0, 0, 0] } })).steps).toBe(2);
    expect(spanOf(data({ lines: [] })).steps).toBe(0);
  });

  it('name quantiles', () => {
    expect([0, 0.5, 0.95, 0.999, 1].map(quantileLabel)).toEqual(['least', 'p50', 'p95', 'p99.9', 'most']);
  });
});

describe('exemplars', () => {
  it('are drawn at their value where the chart is measured as they are', () => {
    expect(dotsOf(data({ exemplars: [exemplar()] }), 'heatmap')).toEqual([
      { timeMs: 1150, y: 0.25, known: true, label: '250 ms: a click opens its trace' },
    ]);
    expect(dotsOf(data({ kind: 'gauge', exemplars: [exemplar()] }), 'lines')[0]!.y).toBe(0.25);
  });

  it('are drawn on their line where it shows a rate, and on the edge where there is none', () => {
    const sum = data({ kind: 'sum', exemplars: [exemplar(), exemplar({ line: null }), exemplar({ time_ms: 1250 })] });
    expect(dotsOf(sum, 'lines').map(({ y }) => y)).toEqual([2, null, null]);
  });

  it('without a number are on the edge', () => {
    expect(dotsOf(data({ exemplars: [exemplar({ value: null as unknown as number })] }), 'mean')[0]!.y).toBeNull();
  });

  it('lead to their span in its trace', () => {
    expect(tracePath({ trace_id: 'ab', span_id: 'cd' })).toBe('/traces/ab?span=cd');
    expect(tracePath({ trace_id: 'ab' })).toBe('/traces/ab');
    expect(tracePath({ trace_id: null, span_id: 'cd' })).toBeNull();
  });
});

describe('lines', () => {
  it('of the same label are told apart', () => {
    expect(distinct([{ label: 'a' }, { label: 'a' }, { label: 'b' }]).map(({ label }) => label)).toEqual(['a', 'a (2)', 'b']);
  });

  it('are grouped by keys', () => {
    expect(groupKeys('a,b,,a')).toEqual(['a', 'b']);
    expect(groupKeys('')).toEqual([]);
  });
});
