import { spawn, type ChildProcess } from "node:child_process";
import { wait } from "@fairway/loop";

/** A lock that lasts until it is released or this process ends, however it ends. */
export type Lock = { readonly release: () => Promise<void> };

/** How long a start waits for STATE_DIR while another agent holds it. */
const lockMs = 1500;
/** How often it tries meanwhile to lock STATE_DIR. */
const retryEveryMs = 100;

/**
 * Takes an exclusive lock on a file; undefined: somebody else kept it for {@link lockMs}. The kernel frees it when the
 * holder ends, also by SIGKILL, and it excludes agents in other containers that share the directory. Node has no flock(2):
 * util-linux' `flock` takes it for a `cat` that lives as long as our end of its pipe.
 * Rejects when `flock` cannot be run, and with the signal's reason when that ends the wait.
 */
export async function takeLock(file: string, signal: AbortSignal): Promise<Lock | undefined> {
  const end = performance.now() + lockMs;
  for (;;) {
    const holder = await tryLock(file);
    if (holder) return { release: () => released(holder) };
    if (performance.now() >= end) return undefined;
    await wait(retryEveryMs, signal);
    signal.throwIfAborted();
  }
}

/** `cat` echoes a byte once the lock is held; `flock` ends with 1 when it is not to be had. */
function tryLock(file: string): Promise<ChildProcess | undefined> {
  return new Promise((resolve, reject) => {
    // Own process group: a Ctrl-C on the terminal must not free the lock before the agent has ended.
    const holder = spawn("flock", ["--nonblock", "--no-fork", file, "cat"], {
      stdio: ["pipe", "pipe", "ignore"],
      detached: true,
    });
    holder.once("error", (cause) => reject(new Error(`cannot lock ${file}: ${cause.message}`, { cause })));
    holder.once("exit", (code) => {
      if (code === 1) resolve(undefined);
      else reject(new Error(`cannot lock ${file}: flock ended with ${code ?? "a signal"}`));
    });
    holder.stdout.once("data", () => resolve(unreferenced(holder)));
    holder.stdin.on("error", () => undefined);
    holder.stdin.write("\n");
  });
}

/** The lock must not keep its own process alive. */
function unreferenced(holder: ChildProcess): ChildProcess {
  holder.unref();
  for (const stream of [holder.stdin, holder.stdout]) {
    (stream as unknown as { unref: () => void } | null)?.unref();
  }
  return holder;
}

async function released(holder: ChildProcess): Promise<void> {
  const ended = new Promise((resolve) => holder.once("exit", resolve));
  holder.ref();
  holder.stdin?.end();
  if (holder.exitCode === null && holder.signalCode === null) await ended;
}
