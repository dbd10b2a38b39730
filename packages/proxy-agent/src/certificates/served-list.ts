import type { Haproxy } from "@fairway/haproxy";
import { CertificateFiles, namesOf, noMaterial, type TlsMaterial } from "./certificate-files.ts";
import { planCertificates } from "./plan-certificates.ts";

/** The HAProxy that serves them. */
export type ServedBy = Pick<Haproxy, "certificates" | "changeCertificates" | "replaceEntries">;

/** What HAProxy made of a change: how many commands it took, and what it would not do; empty: it did all. */
export type Installed = { readonly changes: number; readonly problem: string };

/** One crt-list of HAProxy's: its files, and whether HAProxy serves what they hold. */
export class ServedList {
  readonly files: CertificateFiles;
  readonly #isStrict: boolean;
  #written: TlsMaterial | undefined;
  /** Files of which HAProxy may hold another text. */
  readonly #changed = new Set<string>();

  /** `isStrict`: nobody is counted who asks for a name that there is not. */
  constructor(folder: string, isStrict: boolean) {
    this.files = new CertificateFiles(folder);
    this.#isStrict = isStrict;
  }

  /** What the files hold. */
  get written(): TlsMaterial {
    return this.#written ?? noMaterial;
  }

  /** Rejects when the disk does not take it. */
  async write(material: TlsMaterial): Promise<void> {
    await this.files.write(material, this.#changed);
    if (this.#written === undefined) this.#distrust(material);
    this.#written = material;
  }

  /** A HAProxy that an earlier agent left may hold what stood in these files before. */
  #distrust({ certificates }: TlsMaterial): void {
    for (const { file } of this.files.filesOf(certificates)) this.#changed.add(file);
    this.#changed.add(this.files.names);
  }

  /** Has HAProxy serve what the files hold, at run time; nothing may start or reload it meanwhile. */
  async install(haproxy: ServedBy): Promise<Installed> {
    const { certificates } = this.written;
    const { list } = this.files;
    const held = certificates.length > 0 ? await haproxy.certificates(list) : undefined;
    if (held === undefined) return { changes: 0, problem: "" };
    const commands = planCertificates(held, this.files.filesOf(certificates), this.#changed);
    const problem = (await haproxy.changeCertificates(list, commands)) || (await this.#changeNames(haproxy));
    if (problem === "") this.#changed.clear();
    return { changes: commands.length, problem };
  }

  /** A new worker has read the files, and runs with a configuration that names no others. */
  async onLoaded(): Promise<void> {
    this.#changed.clear();
    await this.files.tidy(this.written);
  }

  /** Answers what HAProxy would not do; empty: it did, or knows them. */
  async #changeNames(haproxy: ServedBy): Promise<string> {
    const { names } = this.files;
    if (this.#isStrict || !this.#changed.has(names)) return "";
    return (await haproxy.replaceEntries({ is: "acl", path: names }, namesOf(this.written.certificates))).reason;
  }
}
