/** What is to be undone at the latest when the test process ends. */
const live = new Set<() => void>();

let isWatching = false;

/**
 * Sees to it that something is undone: by the returned function, or when the process ends, also by Ctrl-C or
 * SIGTERM. Done at most once.
 */
export function keepTrack(undo: () => void): () => void {
  watchTheEnd();
  const once = () => {
    if (live.delete(once)) undo();
  };
  live.add(once);
  return once;
}

function watchTheEnd(): void {
  if (isWatching) return;
  isWatching = true;
  process.once("exit", () => {
    for (const undo of live) undo();
  });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => process.exit(130));
}
