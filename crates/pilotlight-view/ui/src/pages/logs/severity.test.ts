import { expect, it } from 'vitest';
import { severityClass } from './severity';

it('draws each severity as what its name says, and none as info', () => {
  expect([0, 1, 8, 9, 12, 13, 16, 17, 24].map(severityClass)).toEqual([
    'info', 'debug', 'debug', 'info', 'info', 'warn', 'warn', 'error', 'error',
  ]);
});
