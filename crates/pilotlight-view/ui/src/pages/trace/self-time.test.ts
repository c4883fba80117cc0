import { describe, expect, it } from 'vitest';
import { planted } from './sample';
import { selfStretches } from './self-time';

function own(picture: string): number[] {
  const { trace, tree } = planted(picture);
  return [...selfStretches(tree, trace.spans, 0)];
}

describe('the time a span was busy itself', () => {
  it('is all of it without children', () => {
    expect(own('a 5+20')).toEqual([5, 25]);
  });

  it('is the moment itself where it took no time, with children or without', () => {
    expect(own('a 5+0')).toEqual([5, 5]);
    expect(own(`
      a 5+0
        b 0+20
    `)).toEqual([5, 5]);
  });

  it('is what children leave, where they overlap too', () => {
    expect(own(`
      a 0+100
        b 10+20
        c 20+30
        d 70+10
    `)).toEqual([0, 10, 50, 70, 80, 100]);
  });

  it('has nothing of children that begin before it or end after it', () => {
    expect(own(`
      a 50+50
        b 0+60
        c 90+500
    `)).toEqual([60, 90]);
  });

  it('is not shortened by grandchildren', () => {
    expect(own(`
      a 0+100
        b 0+10
          c 0+90
    `)).toEqual([10, 100]);
  });
});
