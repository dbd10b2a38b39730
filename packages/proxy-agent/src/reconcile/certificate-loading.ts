import type { Haproxy } from "@fairway/haproxy";
import type { Certificates } from "../certificates/certificates.ts";
import type { ReloadReason } from "./reload-reason.ts";

/** What is asked of certificates here. */
export type LoadedCertificates = Pick<Certificates, "install" | "onLoaded">;

/** Has HAProxy serve the certificates as they are: at run time, else by the next reload or start. */
export class CertificateLoading {
  readonly #haproxy: Haproxy;
  readonly #certificates: LoadedCertificates | undefined;
  #reasons: readonly ReloadReason[] = [];

  constructor(haproxy: Haproxy, certificates: LoadedCertificates | undefined) {
    this.#haproxy = haproxy;
    this.#certificates = certificates;
  }

  /** Why the next application takes a reload, whatever is desired. */
  get reasons(): readonly ReloadReason[] {
    return this.#reasons;
  }

  /** Installs them; answers whether that takes a reload. Rejects when HAProxy does not answer or the disk is full. */
  async install(isRunning: boolean): Promise<boolean> {
    const why = (await this.#certificates?.install(isRunning ? this.#haproxy : undefined)) ?? "";
    if (why !== "") this.#reasons = [{ code: "certificates", why }];
    return why !== "";
  }

  /** A new worker has read the files. */
  async onLoaded(): Promise<void> {
    this.#reasons = [];
    await this.#certificates?.onLoaded();
  }
}
