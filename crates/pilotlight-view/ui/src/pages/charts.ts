// The pages of `charts.js`: what is drawn with uPlot, and the map.
export { default as MapPage } from './map/map';
export { default as MetricsPage } from './metrics/metrics';
export { default as OperationsPage } from './operations/operations';
