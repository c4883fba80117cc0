import { expect, it } from 'vitest';
import type { Schema } from '../../api/client';
import { isFound, keyOf } from './resources';

const resource = {
  service: 'Gateway',
  instance: null,
  first: '17',
  attributes: [{ key: 'host.name', text: 'Dev-Box', kind: 'string' }],
} as unknown as Schema<'Resource'>;

it('resources without an instance are told apart by when they began', () => {
  expect(keyOf(resource)).toBe('Gateway|17');
  expect(keyOf({ ...resource, instance: 'a1' })).toBe('Gateway|a1');
});

it('resources are found by service, key and value, in any case of letters', () => {
  for (const search of ['gate', 'HOST', 'dev-box', '']) expect(isFound(resource, search)).toBe(true);
  expect(isFound(resource, 'inventory')).toBe(false);
});
