import { expect, it } from 'vitest';
import type { Schema } from '../../api/client';
import { hasAnything } from './overview';

const held = { spans: 0, logs: 0, points: 0, spans_on_disk: 0, logs_on_disk: 0, points_on_disk: 0 } as Schema<'Held'>;
const state = (change: Partial<Schema<'State'>>) => ({ held, loaded: 1, ...change }) as Schema<'State'>;

it('the overview waits until something is held in memory or in the file', () => {
  expect(hasAnything(state({}))).toBe(false);
  expect(hasAnything(state({ held: { ...held, points: 1 } }))).toBe(true);
  expect(hasAnything(state({ held: { ...held, logs_on_disk: 1 } }))).toBe(true);
});

it('the overview does not claim to be empty while the file is still being read', () => {
  expect(hasAnything(state({ loaded: 0.1 }))).toBe(true);
});
