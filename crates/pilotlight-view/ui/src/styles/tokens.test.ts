import { describe, expect, it } from 'vitest';
import { contrast } from '../charts/colours';
import css from './tokens.css?raw';

const blocks = css.split('{').map((block) => block.split('}')[0] ?? '');
const coloursIn = (block: string) => Object.fromEntries([...block.matchAll(/(--[\w-]+): (#[0-9a-f]{6})/g)].map(([, name, colour]) => [name, colour]));
const [light, system, dark] = blocks.map(coloursIn).filter((colours) => '--paper' in colours) as Record<string, string>[];

describe.each([
  ['light', light!],
  ['dark', dark!],
])('the %s theme', (_, colours) => {
  const onto = (ink: string, paper: string) => contrast(colours[ink] ?? '', colours[paper] ?? '');
  it.each(['--ink', '--ink-2', '--ink-3', '--accent', '--error', '--warning', '--ok', '--note'])('writes %s so that it is read on paper', (ink) => {
    expect(onto(ink, '--paper')).toBeGreaterThanOrEqual(4.5);
    expect(onto(ink, '--paper-2')).toBeGreaterThanOrEqual(4.5);
  });
  it.each(['error', 'warning', 'ok', 'note', 'accent'])('writes %s on its own wash', (name) => {
    expect(onto(`--${name}`, `--${name}-wash`)).toBeGreaterThanOrEqual(4.5);
    expect(onto('--ink', `--${name}-wash`)).toBeGreaterThanOrEqual(4.5);
  });
  it('writes links and what is said aside on washes', () => {
    for (const wash of ['--warning-wash', '--note-wash', '--error-wash']) {
      expect(onto('--accent', wash)).toBeGreaterThanOrEqual(4.5);
      expect(onto('--ink-3', wash)).toBeGreaterThanOrEqual(4.5);
    }
  });
  it('writes on its accent, and shows controls and the focus', () => {
    expect(onto('--accent-ink', '--accent')).toBeGreaterThanOrEqual(4.5);
    expect(onto('--line-2', '--paper')).toBeGreaterThanOrEqual(3);
    expect(onto('--focus', '--paper')).toBeGreaterThanOrEqual(3);
    expect(onto('--ink-2', '--paper-3')).toBeGreaterThanOrEqual(4.5);
  });
});

it('dark is the same whether the system or the reader chose it', () => {
  expect(system).toEqual(dark);
});
