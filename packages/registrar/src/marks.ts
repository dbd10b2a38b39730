import { wait } from "@fairway/loop";

/** Things to look at again, by name. */
export type Marks = {
  /** Has one looked at: now, or again when a pass over it is running. */
  readonly mark: (name: string) => void;
  /** Resolves when each mark's pass has succeeded, or has failed three times running. */
  readonly settled: () => Promise<void>;
  /** How long the longest pass has been running, in milliseconds. */
  readonly longestPassMs: () => number;
};

export type MarksOptions = {
  readonly pass: (name: string) => Promise<void>;
  /** A pass failed; it is repeated after 100 ms, doubling to 5 s. */
  readonly onFailure: (name: string, error: unknown) => void;
  /** How many passes run at once. */
  readonly atOnce: number;
  readonly signal: AbortSignal;
};

const failuresUntilSettled = 3;

/**
 * Runs a pass for each marked name. Guarantees: never two passes over one name at once; after a mark a pass begins
 * that was not running then; one name's failing pass delays no other.
 */
export function createMarks({ pass, onFailure, atOnce, signal }: MarksOptions): Marks {
  const waiting = new Set<string>();
  const running = new Map<string, number>();
  const failures = new Map<string, number>();
  const settling = new Set<() => void>();

  const isSettled = () => {
    const isFailing = [...failures.values()].some((count) => count < failuresUntilSettled);
    return waiting.size === 0 && running.size === 0 && !isFailing;
  };

  const turn = () => {
    for (const name of waiting) {
      if (running.size >= atOnce || signal.aborted) break;
      if (!running.has(name)) void run(name);
    }
    if (!isSettled()) return;
    for (const resolve of settling) resolve();
    settling.clear();
  };

  const run = async (name: string) => {
    waiting.delete(name);
    running.set(name, performance.now());
    try {
      await pass(name);
      failures.delete(name);
    } catch (error) {
      if (!signal.aborted) failed(name, error);
    } finally {
      running.delete(name);
      turn();
    }
  };

  const failed = (name: string, error: unknown) => {
    const count = (failures.get(name) ?? 0) + 1;
    failures.set(name, count);
    onFailure(name, error);
    void wait(Math.min(100 * 2 ** (count - 1), 5000), signal).then(() => mark(name));
  };

  const mark = (name: string) => {
    waiting.add(name);
    turn();
  };

  return {
    mark,
    settled: async () => {
      if (!isSettled()) await new Promise<void>((resolve) => settling.add(resolve));
    },
    longestPassMs: () => Math.max(0, ...[...running.values()].map((begun) => performance.now() - begun)),
  };
}
