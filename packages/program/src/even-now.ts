/** Ms since 1970 as of the program's start, going on evenly when the machine's clock is set. */
export function evenNow(): number {
  return performance.timeOrigin + performance.now();
}
