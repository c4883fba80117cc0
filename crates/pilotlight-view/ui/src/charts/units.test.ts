import { describe, expect, it } from 'vitest';
import { aSecond, axisLabels, axisSteps, axisTitle, formatNumber, formatValue } from './units';

describe('values with units', () => {
  it.each([
    [0.0123, 's', '12.3 ms'],
    [0.0000004, 's', '400 ns'],
    [90, 's', '1.5 min'],
    [1500, 'ms', '1.5 s'],
    [0.9999999, 's', '1 s'],
    [250, 'us', '250 µs'],
    [4096, 'By', '4 KiB'],
    [12, 'MBy', '11.4 MiB'],
    [2048, 'By/s', '2 KiB/s'],
    [7, '{request}', '7 request'],
    [1234, '{request}/s', '1.23 k request/s'],
    [0.25, '1', '0.25'],
    [99.5, '%', '99.5 %'],
    [21.5, 'Cel', '21.5 Cel'],
    [0, 's', '0'],
    [-0.002, 's', '-2 ms'],
    [NaN, 's', 'NaN'],
    [Infinity, 'By', '∞'],
    [-Infinity, '', '−∞'],
    [1e300, '', '1.00e300'],
    [-1e300, 's', '-1.00e300 s'],
    [1e-9, '1', '1.00e-9'],
    [3, 'constructor', '3 constructor'],
  ])('%d of %s is %s', (value, unit, text) => {
    expect(formatValue(value, unit)).toBe(text);
  });

  it('that are missing are a dash', () => {
    expect(formatValue(null, 's')).toBe('–');
    expect(formatValue(undefined, 's')).toBe('–');
  });

  it('cut units that are not units', () => {
    expect(formatValue(1, 'x'.repeat(1_000_000)).length).toBeLessThan(40);
  });
});

describe('axes', () => {
  it('have one scale and just enough digits', () => {
    expect(axisLabels([0, 0.005, 0.01, 0.015], 's')).toEqual(['0', '5 ms', '10 ms', '15 ms']);
    expect(axisLabels([0, 0.5, 1], 's')).toEqual(['0', '0.5 s', '1.0 s']);
    expect(axisLabels([0, 1024, 2048], 'By')).toEqual(['0', '1 KiB', '2 KiB']);
    expect(axisLabels([0, 500, 1000, 1500], '{request}')).toEqual(['0', '0.5 k', '1.0 k', '1.5 k']);
    expect(axisLabels([0, 5e299], 's')).toEqual(['0', '5.00e299 s']);
    expect(axisLabels([0, 50, 100], '%')).toEqual(['0', '50 %', '100 %']);
    expect(axisLabels([0, 2048], 'By/s')).toEqual(['0', '2 KiB/s']);
  });

  it('take steps that suit the unit', () => {
    expect(axisSteps('By')).toContain(1024);
    expect(axisSteps('ms')).toContain(60_000);
    expect(axisSteps('{request}')).toBeUndefined();
    const steps = axisSteps('s')!;
    expect(steps).toEqual([...steps].sort((one, other) => one - other));
  });

  it('are titled where the labels do not tell the unit', () => {
    expect(axisTitle('{request}')).toBe('request');
    expect(axisTitle('{request}/s')).toBe('request/s');
    expect(axisTitle('s')).toBe('');
    expect(axisTitle('1')).toBe('');
  });
});

describe('numbers', () => {
  it('are three digits long', () => {
    expect([0, 12, 0.001234, 1234567, 999.7].map(formatNumber)).toEqual(['0', '12', '0.00123', '1.23 M', '1 k']);
  });

  it('come a second', () => {
    expect(['', '1', 'By', '{request}'].map(aSecond)).toEqual(['/s', '/s', 'By/s', '{request}/s']);
  });
});
