import { isDeepStrictEqual } from "node:util";
import { reasonOf } from "@fairway/contract";
import { WorkQueue } from "@fairway/loop";
import type { RegistryLog } from "@fairway/registry";

/** How often the files of passwords, tokens and certificates are looked at. */
const lookEveryMs = 2000;

/** What {@link followAccess} works with. */
export type FollowAccessOptions<T> = {
  /** What the files hold, as the log names it: several things. */
  readonly what: string;
  /** The access in use; undefined: none yet, as its files are not there. */
  readonly access: () => T | undefined;
  /** Reads it anew; throws for a file that cannot be read. */
  readonly read: () => T;
  /** Uses this one from now on; throws, and changes nothing, for certificates that do not go together. */
  readonly renew: (access: T) => void | Promise<void>;
  readonly log: RegistryLog;
  readonly signal: AbortSignal;
};

/**
 * Has certificates, keys and the password used as their files are now: looks every 2 s until the signal aborts, at once
 * where there were none yet. What cannot be used, such as a new certificate whose key has not come yet, changes nothing,
 * and is logged once.
 */
export function followAccess<T>(options: FollowAccessOptions<T>): void {
  new AccessFollower(options).start();
}

class AccessFollower<T> {
  readonly #options: FollowAccessOptions<T>;
  readonly #queue: WorkQueue<"look">;
  /** As it was last logged. */
  #failure: string | undefined;

  constructor(options: FollowAccessOptions<T>) {
    this.#options = options;
    this.#queue = new WorkQueue({
      work: () => this.#look(),
      onError: (_, error) => this.#onFailure(reasonOf(error)),
      retry: { firstMs: lookEveryMs, longestMs: lookEveryMs },
      signal: options.signal,
    });
  }

  start(): void {
    this.#queue.addAfter("look", this.#options.access() === undefined ? 0 : lookEveryMs);
  }

  async #look(): Promise<void> {
    const { what, access, read, renew, log } = this.#options;
    const [before, now] = [access(), read()];
    if (!isDeepStrictEqual(now, before)) {
      await renew(now);
      log.info({}, before === undefined ? `${what} are there` : `${what} renewed`);
    }
    this.#failure = undefined;
    this.#queue.addAfter("look", lookEveryMs);
  }

  #onFailure(reason: string): void {
    const { what, access, log } = this.#options;
    const message = access() === undefined ? `waiting for ${what}` : `keeping the former ${what}`;
    if (reason !== this.#failure) log.warn({ reason }, message);
    this.#failure = reason;
  }
}
