import { describe, expect, it } from 'vitest';
import { barsOf, bucketAt, stretchOf } from './bars';

const bucket = (start_ms: number, info: number, error = 0) => ({ start_ms, debug: 0, info, warn: 0, error });
const BUCKETS = [bucket(1000, 3), bucket(1100, 0), bucket(1200, 4, 5), bucket(1300, 1)];

describe('bars over time', () => {
  it('are as high as the fullest stretch', () => {
    expect(barsOf(BUCKETS)).toEqual({ from: 1000, to: 1400, step: 100, most: 9 });
    expect(barsOf([])).toBeNull();
    expect(barsOf([bucket(5, 1)])).toMatchObject({ from: 5, to: 1005 });
  });

  it('are found below the pointer', () => {
    expect(bucketAt(barsOf(BUCKETS)!, BUCKETS, 0.6)).toBe(BUCKETS[2]);
    expect(bucketAt(barsOf(BUCKETS)!, BUCKETS, 1)).toBe(BUCKETS[3]);
  });

  it('are taken whole when a stretch is drawn over them, from either end', () => {
    expect(stretchOf(barsOf(BUCKETS)!, 0.6, 0.3)).toEqual({ from: 1100, to: 1300 });
    expect(stretchOf(barsOf(BUCKETS)!, -1, 0.1)).toEqual({ from: 1000, to: 1100 });
    expect(stretchOf(barsOf(BUCKETS)!, 0.5, 0.501)).toBeUndefined();
  });
});
