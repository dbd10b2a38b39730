import { WorkQueue } from "@fairway/loop";
import {
  areRolesSound,
  type RegistryAccess,
  type RegistryClient,
  type RegistryLog,
  rolesWarning,
} from "@fairway/registry";

/** How often etcd's version is asked for, which says whether its roles hold: etcd may be replaced by a newer one. */
const lookEveryMs = 600_000;

/** What a {@link RolesLook} works with. */
export type RolesLookOptions = {
  readonly client: Pick<RegistryClient, "version">;
  /** The access in use; undefined: none yet. */
  readonly access: () => Pick<RegistryAccess, "username"> | undefined;
  readonly log: RegistryLog;
  readonly signal: AbortSignal;
};

/** Asks etcd for its version until the signal aborts, and says where users are on and its roles do not hold. */
export class RolesLook {
  readonly #options: RolesLookOptions;
  readonly #queue: WorkQueue<"look">;
  #warning: string | undefined;

  constructor(options: RolesLookOptions) {
    this.#options = options;
    this.#queue = new WorkQueue({
      work: () => this.#look(),
      onError: () => undefined,
      retry: { firstMs: 1000, longestMs: 30_000 },
      signal: options.signal,
    });
    this.#queue.add("look");
  }

  /** What is to be said, as sentences. */
  notes(): readonly string[] {
    return this.#warning === undefined ? [] : [this.#warning];
  }

  async #look(): Promise<void> {
    const { client, access, log } = this.#options;
    const version = await client.version();
    const isWarned = access()?.username !== undefined && !areRolesSound(version);
    const warning = isWarned ? rolesWarning(version) : undefined;
    if (warning !== undefined && warning !== this.#warning) log.warn({}, warning);
    this.#warning = warning;
    this.#queue.addAfter("look", lookEveryMs);
  }
}
