// Distances between moments, whose nanoseconds are more than a number holds.

/** Nanoseconds from one moment to the other; 0 when one of them cannot be read. */
export function sinceNs(from: string, to: string): number {
  if (!/^\d{1,20}$/.test(from) || !/^\d{1,20}$/.test(to)) return 0;
  return Number(BigInt(to) - BigInt(from));
}
