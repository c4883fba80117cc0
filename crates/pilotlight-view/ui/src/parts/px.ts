/** A length for a style. Preact 11 leaves a number as it is, which for most properties means that it is ignored. */
export function px(pixels: number): string {
  return `${pixels}px`;
}
