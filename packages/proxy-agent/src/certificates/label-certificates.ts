import {
  certificateId,
  readLabelledCertificate,
  type LabelCertificate,
  type ServerCertificate,
} from "@fairway/contract";
import type { CertificateKeeper } from "../registry/certificate-settings.ts";

/** What {@link LabelCertificates} works with. */
export type LabelCertificatesOptions = {
  /** ALLOW_CERT_LABELS: without it none is taken. */
  readonly isAllowed: boolean;
};

/** As many as these are kept, whether anybody uses them or not. */
const leastHeld = 64;
/** The newest of them may be of what is desired just now, though their records are others already. */
const newestHeld = 16;

/**
 * The certificates in the labels of records, by their ids: no record and no snapshot of the agent holds their text,
 * only the files that HAProxy loads. One that has expired is taken too: whether a proxy saw it before, no other knows.
 */
export class LabelCertificates implements CertificateKeeper {
  readonly #options: LabelCertificatesOptions;
  readonly #byId = new Map<string, ServerCertificate>();
  #usedIds: () => Iterable<string> = () => [];
  #most = leastHeld;
  #isTidying = false;

  constructor(options: LabelCertificatesOptions) {
    this.#options = options;
  }

  readonly take = (text: string): LabelCertificate => {
    if (!this.#options.isAllowed) return { ok: false, reason: "this proxy takes none from labels: ALLOW_CERT_LABELS" };
    const id = certificateId(text);
    if (this.#byId.has(id)) return { ok: true, id };
    const outcome = readLabelledCertificate("", text);
    if (!outcome.ok) return { ok: false, reason: outcome.reason };
    this.#byId.set(id, outcome.certificate);
    // What is taken counts as used only when all the records that come with it are in the cache.
    if (!this.#isTidying) queueMicrotask(() => this.#tidy());
    this.#isTidying = true;
    return { ok: true, id };
  };

  readonly has = (id: string): boolean => this.#byId.has(id);

  /** The one of this id; undefined: nobody has used it for long. */
  get(id: string): ServerCertificate | undefined {
    return this.#byId.get(id);
  }

  /** Takes one that an earlier agent served, whatever its age. */
  restore(certificate: ServerCertificate): void {
    if (this.#options.isAllowed) this.#byId.set(certificateId(certificate.pem), certificate);
  }

  /** Has those that are used stay. */
  keepUsed(usedIds: () => Iterable<string>): void {
    this.#usedIds = usedIds;
  }

  /** Lets go of what nobody uses, each time that it has doubled. */
  #tidy(): void {
    this.#isTidying = false;
    if (this.#byId.size <= this.#most) return;
    const used = new Set(this.#usedIds());
    for (const id of [...this.#byId.keys()].slice(0, -newestHeld)) if (!used.has(id)) this.#byId.delete(id);
    this.#most = Math.max(leastHeld, 2 * this.#byId.size);
  }
}
