/** How long the gate waits before its next try, in milliseconds, by how long it has been trying. */
export function nextTryMs(tryingMs: number, hasGivenUp: boolean): number {
  if (hasGivenUp) return 5000;
  return tryingMs < 1000 ? 5 : 100;
}
