/** Ms since 1970 as of the program's start, going on evenly whatever becomes of the machine's clock. */
export function evenNow(): number {
  return performance.timeOrigin + performance.now();
}
