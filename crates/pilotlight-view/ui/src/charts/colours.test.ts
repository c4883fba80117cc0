import { describe, expect, it } from 'vitest';
import { contrast, hashOf, lineColours, luminance, palette, serviceColour, Slots, type Theme } from './colours';

// The lightest panel of the dark theme and the darkest of the light one: what is readable there is readable everywhere.
const background: Record<Theme, string> = { light: '#eceef2', dark: '#262b34' };

describe('colours', () => {
  it('are readable as text in both themes', () => {
    for (const colour of palette) {
      for (const theme of ['light', 'dark'] as const) {
        expect(contrast(colour[theme], background[theme])).toBeGreaterThanOrEqual(4.5);
      }
    }
  });

  it('are all different', () => {
    expect(new Set(palette.map((colour) => colour.light)).size).toBe(palette.length);
    expect(new Set(palette.map((colour) => colour.dark)).size).toBe(palette.length);
  });

  it('stay with a service, and differ between services', () => {
    const names = ['gateway', 'orders', 'payments', 'stock', 'mailer', 'web'];
    const first = names.map((name) => serviceColour(name, 'light'));
    expect(names.map((name) => serviceColour(name, 'light'))).toEqual(first);
    expect(new Set(first).size).toBe(names.length);
  });

  it('of lines do not depend on the order of the lines', () => {
    const names = Array.from({ length: palette.length }, (_, i) => `status=${200 + i}`);
    const colours = lineColours(names, 'dark');
    expect(lineColours([...names].reverse(), 'dark')).toEqual(colours);
    expect(new Set(colours.values()).size).toBe(palette.length);
  });

  it('are given to more names than there are colours', () => {
    const names = Array.from({ length: 100 }, (_, i) => `name ${i}`);
    expect(lineColours(names, 'light').size).toBe(100);
  });

  it('take no hue where there is no name', () => {
    expect(palette.map((colour) => colour.dark)).not.toContain(serviceColour('', 'dark'));
  });

  it('are taken from what was remembered, and only where that can be', () => {
    const slots = new Slots([
      [hashOf('orders'), 5],
      [hashOf('stock'), 5000],
    ]);
    expect(slots.slot('orders')).toBe(5);
    expect(slots.slot('stock')).toBeLessThan(palette.length);
  });

  it('make room for new names once those of before are not asked for any more', () => {
    const before = palette.map((_, slot): [number, number] => [slot, slot]);
    const learnt: [number, number][][] = [];
    const slots = new Slots(before, (all) => learnt.push(all));
    const names = palette.map((_, i) => `service ${i}`);
    expect(new Set(names.map((name) => slots.slot(name))).size).toBe(palette.length);
    expect(learnt.at(-1)).toHaveLength(palette.length);
    expect(slots.slot('one more')).toBeLessThan(palette.length);
    expect(learnt).toHaveLength(palette.length);
  });

  it('are told apart by light as WCAG counts it', () => {
    expect(contrast('#000000', '#ffffff')).toBeCloseTo(21);
    expect(luminance('#808080')).toBeCloseTo(0.216, 2);
  });
});
