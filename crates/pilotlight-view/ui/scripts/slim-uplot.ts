// uPlot comes in one piece. What no chart here uses (its legend, bars, steps, splines, stacked and logarithmic helpers) is taken out,
// so that the bundler finds it unused: a tenth of uPlot, and part of why the page keeps to its budget.
import type { Plugin } from 'vite';

/** What is replaced in uPlot's module. Each has to be there: a new version that looks otherwise fails the build. */
const cuts: readonly (readonly [RegExp, string])[] = [
  [/\(paths\.stepped\s*= \w+\);/, ''],
  [/\(paths\.bars\s*= \w+\);/, ''],
  [/\(paths\.spline\s*= \w+\);/, ''],
  [/uPlot\.join = join;/, ''],
  [/uPlot\.addGap = addGap;/, ''],
  [/uPlot\.orient\s*= orient;/, ''],
  [/uPlot\.rangeLog = rangeLog;/, ''],
  [/uPlot\.rangeAsinh = rangeAsinh;/, ''],
  // The charts' own legend is HTML (src/charts/legend.tsx).
  [/const showLegend = legend\.show;/, 'const showLegend = false;'],
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
