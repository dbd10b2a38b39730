import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Certificate } from "@fairway/haproxy";
import { writeAtomically } from "../files/atomic-write.ts";
import { readCertificate, type ServerCertificate } from "./read-certificate.ts";

/** What TLS listeners are made of. */
export type TlsMaterial = {
  /** The default one first. */
  readonly certificates: readonly ServerCertificate[];
  /** PEM of the authorities that clients need a certificate of; undefined: they need none. */
  readonly authorities: string | undefined;
};

export const noMaterial: TlsMaterial = { certificates: [], authorities: undefined };

/**
 * The certificates as HAProxy loads them: a folder of our own with one file each and a crt-list. A folder that changes
 * under an operator's hands is never what HAProxy reads: a file half written would end a reload.
 */
export class CertificateFiles {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Path of the crt-list. Its first certificate serves who asks for no name, or for one that there is not. */
  get list(): string {
    return join(this.#folder, "list");
  }

  /** Path of the authorities of clients. */
  get authorities(): string {
    return join(this.#folder, "clients.pem");
  }

  /** The certificates as HAProxy has them, in the order of the list. */
  filesOf(certificates: readonly ServerCertificate[]): readonly Certificate[] {
    return certificates.map(({ name, pem, fingerprint }, index) => {
      const file = index === 0 ? "default" : createHash("sha256").update(name).digest("hex").slice(0, 16);
      return { file: join(this.#folder, `${file}.pem`), pem, fingerprint };
    });
  }

  /** What an earlier agent wrote; nothing where that cannot be read. */
  async read(): Promise<TlsMaterial> {
    const list = await readText(this.list);
    const entries = [...list.matchAll(/^# (.*)\n(\/.+)$/gm)];
    const outcomes = entries.map(async ([, name = "", file = ""]) => readCertificate(name, [await readText(file)]));
    const certificates = (await Promise.all(outcomes)).flatMap((each) => (each.ok ? [each.certificate] : []));
    return { certificates, authorities: (await readText(this.authorities)) || undefined };
  }

  /**
   * Writes what changed, the list after what it names, and removes what it names no more. Answers the paths of what was
   * there with another text. Rejects when the disk does not take it.
   */
  async write({ certificates, authorities }: TlsMaterial): Promise<ReadonlySet<string>> {
    if (certificates.length === 0) return this.#clear();
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    const files = this.filesOf(certificates);
    const lines = files.map(({ file }, index) => `# ${lineOf(certificates[index]?.name ?? "")}\n${file}\n`);
    const texts = new Map<string, string>(files.map(({ file, pem }) => [file, `${pem}\n`]));
    if (authorities !== undefined) texts.set(this.authorities, authorities);
    texts.set(this.list, lines.join(""));
    const changed = new Set<string>();
    for (const [file, text] of texts) {
      const before = await readText(file);
      if (before === text) continue;
      await writeAtomically(file, text);
      if (before !== "") changed.add(file);
    }
    const entries = (await readdir(this.#folder)).map((name) => join(this.#folder, name));
    await Promise.all(entries.filter((each) => !texts.has(each)).map((each) => rm(each, { force: true })));
    return changed;
  }

  async #clear(): Promise<ReadonlySet<string>> {
    await rm(this.#folder, { recursive: true, force: true });
    return new Set();
  }
}

/** A name as a comment of a crt-list: one line. */
function lineOf(name: string): string {
  return name.replaceAll(/\p{Cc}/gu, "?");
}

/** The text of a file; empty: there is none that can be read. */
function readText(file: string): Promise<string> {
  return readFile(file, "utf8").catch(() => "");
}
