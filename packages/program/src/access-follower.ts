import { isDeepStrictEqual } from "node:util";
import { reasonOf } from "@fairway/contract";
import { WorkQueue } from "@fairway/loop";
import type { RegistryAccess, RegistryLog } from "@fairway/registry";

/** How often the files of etcd's password and certificates are looked at. */
const lookEveryMs = 2000;

/** What {@link followAccess} works with. */
export type FollowAccessOptions = {
  /** The access in use; undefined: none yet, as its files are not there. */
  readonly access: () => RegistryAccess | undefined;
  /** Reads it anew; throws for a file that cannot be read. */
  readonly read: () => RegistryAccess;
  /** Uses this one from now on; throws, and changes nothing, for certificates that do not go together. */
  readonly renew: (access: RegistryAccess) => void;
  readonly log: RegistryLog;
  readonly signal: AbortSignal;
};

/**
 * Has certificates, keys and the password used as their files are now: looks every 2 s until the signal aborts, at once
 * where there were none yet. What cannot be used, such as a new certificate whose key has not come yet, changes nothing,
 * and is logged once.
 */
export function followAccess(options: FollowAccessOptions): void {
  new AccessFollower(options).start();
}

class AccessFollower {
  readonly #options: FollowAccessOptions;
  readonly #queue: WorkQueue<"look">;
  /** As it was last logged. */
  #failure: string | undefined;

  constructor(options: FollowAccessOptions) {
    this.#options = options;
    this.#queue = new WorkQueue({
      work: async () => this.#look(),
      onError: (_, error) => this.#onFailure(reasonOf(error)),
      retry: { firstMs: lookEveryMs, longestMs: lookEveryMs },
      signal: options.signal,
    });
  }

  start(): void {
    this.#queue.addAfter("look", this.#options.access() === undefined ? 0 : lookEveryMs);
  }

  #look(): void {
    const { access, read, renew, log } = this.#options;
    const [before, now] = [access(), read()];
    if (!isDeepStrictEqual(now, before)) {
      renew(now);
      log.info({}, before === undefined ? "registry credentials are there" : "registry credentials renewed");
    }
    this.#failure = undefined;
    this.#queue.addAfter("look", lookEveryMs);
  }

  #onFailure(reason: string): void {
    const isFirst = this.#options.access() === undefined;
    const message = isFirst ? "waiting for registry credentials" : "keeping the former registry credentials";
    if (reason !== this.#failure) this.#options.log.warn({ reason }, message);
    this.#failure = reason;
  }
}
