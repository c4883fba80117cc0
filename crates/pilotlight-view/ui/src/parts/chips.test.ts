import { expect, it } from 'vitest';
import { severityBand } from './chips';

it('calls severities by the bands of OTLP', () => {
  expect([0, 1, 4, 5, 9, 12, 13, 17, 20, 21, 24, 25, -1, Number.NaN].map(severityBand)).toEqual([
    'none', 'trace', 'trace', 'debug', 'info', 'info', 'warn', 'error', 'error', 'fatal', 'fatal', 'none', 'none', 'none',
  ]);
});
