import type { Haproxy, Listener } from "@fairway/haproxy";
import type { ReloadReason } from "./reload-reason.ts";

/** What is asked of certificates here, and of authorities. */
export type LoadedCertificates = {
  /** Takes in which certificates listeners have of their own; true: they are to be installed. (none have) */
  readonly follow?: (listeners: readonly Listener[]) => boolean;
  readonly install: (haproxy: Haproxy | undefined) => Promise<string>;
  readonly onLoaded: (haproxy: Haproxy, listeners: readonly Listener[]) => Promise<void>;
};

/** Has HAProxy work with certificates as they are: at run time, else by the next reload or start. */
export class CertificateLoading {
  readonly #haproxy: Haproxy;
  readonly #certificates: readonly LoadedCertificates[];
  #reasons: readonly ReloadReason[] = [];
  /** Why the last {@link follow} failed; undefined: it did not. */
  #failure: { readonly error: unknown } | undefined;

  constructor(haproxy: Haproxy, certificates: readonly LoadedCertificates[] = []) {
    this.#haproxy = haproxy;
    this.#certificates = certificates;
  }

  /** Why the next application takes a reload, whatever is desired. */
  get reasons(): readonly ReloadReason[] {
    return this.#reasons;
  }

  /**
   * Has listeners find the certificates that they have of their own, before a configuration names them. Never rejects:
   * when that fails, {@link check} does.
   */
  async follow(listeners: readonly Listener[], isRunning: boolean): Promise<void> {
    this.#failure = undefined;
    try {
      const isDue = this.#certificates.map((each) => each.follow?.(listeners) ?? false).includes(true);
      if (isDue) await this.install(isRunning);
    } catch (error) {
      this.#failure = { error };
    }
  }

  /** Rejects when a configuration may name certificates that are not there: the last {@link follow} failed. */
  async check(): Promise<void> {
    if (this.#failure) throw this.#failure.error;
  }

  /** Installs them; answers whether that takes a reload. Rejects when HAProxy does not answer or the disk is full. */
  async install(isRunning: boolean): Promise<boolean> {
    const reasons: ReloadReason[] = [];
    for (const each of this.#certificates) {
      const why = await each.install(isRunning ? this.#haproxy : undefined);
      if (why !== "") reasons.push({ code: "certificates", why });
    }
    if (reasons.length > 0) this.#reasons = reasons;
    return reasons.length > 0;
  }

  /** A new worker with these listeners has read the files. */
  async onLoaded(listeners: readonly Listener[]): Promise<void> {
    this.#reasons = [];
    for (const each of this.#certificates) await each.onLoaded(this.#haproxy, listeners);
  }
}
