/** One write, or whatever else was said, over a connection of its own. */
export type Said = { readonly begunMs: number; readonly endedMs: number; readonly answer: string };

/** So many at once make up for a timer that is late. */
const mostDue = 10;

/** Says something, and tells how long it took; why not, where it fails. */
export async function timed(say: () => Promise<string>): Promise<Said> {
  const begunMs = performance.now();
  const answer = await say().catch((error: Error) => error.message);
  return { begunMs, endedMs: performance.now(), answer };
}

/** So many may wait at once: a machine that is too slow writes less often, not more and more at a time. */
const mostWaiting = 300;

/** Writes every `everyMs`, however long the others take, until stopped. */
export function steadyWrites(everyMs: number, say: () => Promise<Said>) {
  const said: Said[] = [];
  const pending = new Set<Promise<void>>();
  const write = () => {
    const one: Promise<void> = say()
      .then((each) => void said.push(each))
      .finally(() => pending.delete(one));
    pending.add(one);
  };
  let lastMs = performance.now();
  const timer = setInterval(() => {
    // As many as are due: a timer that is late makes none fewer. What a stall has made due is forgotten.
    const due = Math.min(Math.floor((performance.now() - lastMs) / everyMs), mostDue);
    for (let n = 0; n < due && pending.size < mostWaiting; n += 1) write();
    lastMs = due === mostDue ? performance.now() : lastMs + due * everyMs;
  }, everyMs);
  const stop = async () => {
    clearInterval(timer);
    await Promise.all(pending);
    return said;
  };
  return { said, pending, stop };
}
