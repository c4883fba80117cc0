// uPlot comes in one piece. What no chart here uses is taken out, so that the bundler finds it unused: a fifth of uPlot, and part of
// why the page keeps to its budget.
import type { Plugin } from 'vite';

/** What is replaced in uPlot's module. Each has to be there: a new version that looks otherwise fails the build. */
const cuts: readonly (readonly [RegExp, string])[] = [
  // Ways to draw a line: charts here have straight ones.
  [/\(paths\.stepped\s*= \w+\);/, ''],
  [/\(paths\.bars\s*= \w+\);/, ''],
  [/\(paths\.spline\s*= \w+\);/, ''],
  // Helpers for plugins.
  [/uPlot\.join = join;/, ''],
  [/uPlot\.addGap = addGap;/, ''],
  [/uPlot\.orient\s*= orient;/, ''],
  [/uPlot\.rangeLog = rangeLog;/, ''],
  [/uPlot\.rangeAsinh = rangeAsinh;/, ''],
  // The legend: that of src/charts/legend.tsx is HTML.
  [/const showLegend = legend\.show;/, 'const showLegend = false;'],
  // Times: src/charts/axes.ts divides and names them.
  [/uPlot\.fmtDate = fmtDate;\s*uPlot\.tzDate\s*= tzDate;/, ''],
  [/let isTime = sc\.time;/g, 'const isTime = false;'],
  [/let isTime = mode == 1 && scales\[s\.scale\]\.time;/, 'const isTime = false;'],
  [/const _timeAxisSplits = .*;/, ''],
  [/const _timeAxisVals {3}= .*;/, ''],
  [/const _timeSeriesVal {2}= .*;/, ''],
  [/const \[ timeIncrsMs, .*\] = genTimeStuffs\(1\);/, ''],
  [/const \[ timeIncrsS, .*\] = genTimeStuffs\(1e-3\);/, ''],
  // Scales that are not linear, and scatter charts: questions that are always answered with no.
  [/\b(\w+\.)?distr\s*[=>]=\s*(2|3|4|100)\b/g, 'false'],
  [/\bmode == 2\b/g, 'false'],
  [/\bmode == 1\b/g, 'true'],
];

export function slimUplot(): Plugin {
  return {
    name: 'slim-uplot',
    apply: 'build',
    transform(code, id) {
      if (!id.endsWith('/uplot/dist/uPlot.esm.js')) return undefined;
      return { code: cuts.reduce(cut, code), map: null };
    },
  };
}

function cut(code: string, [pattern, instead]: (typeof cuts)[number]): string {
  if (!pattern.test(code)) throw new Error(`uPlot has changed: ${pattern} is not in it. Look at scripts/slim-uplot.ts again.`);
  return code.replace(pattern, instead);
}
