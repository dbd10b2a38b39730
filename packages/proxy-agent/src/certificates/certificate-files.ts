import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { readCertificate, type ServerCertificate } from "@fairway/contract";
import type { Certificate } from "@fairway/haproxy";
import { writeAtomically } from "../files/atomic-write.ts";

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

  /** Path of the names that the certificates are for, one a line. */
  get names(): string {
    return join(this.#folder, "names");
  }

  /** Path of the authorities of clients: others have another one, so that listeners differ by it. */
  readonly authoritiesOf = (pem: string): string => {
    return join(this.#folder, `clients-${hashOf(pem)}.pem`);
  };

  /** The certificates as HAProxy has them, in the order of the list. */
  filesOf(certificates: readonly ServerCertificate[]): readonly Certificate[] {
    return certificates.map(({ name, pem, fingerprint }, index) => {
      const file = index === 0 ? "default" : hashOf(name);
      return { file: join(this.#folder, `${file}.pem`), pem, fingerprint };
    });
  }

  /** What an earlier agent wrote; nothing where that cannot be read. */
  async read(): Promise<TlsMaterial> {
    const list = await readText(this.list);
    const entries = [...list.matchAll(/^# (.*)\n(\/.+)$/gm)];
    const outcomes = entries.map(async ([, name = "", file = ""]) => readCertificate(name, [await readText(file)]));
    const certificates = (await Promise.all(outcomes)).flatMap((each) => (each.ok ? [each.certificate] : []));
    const [, clients = ""] = /^## (\/.+)$/m.exec(list) ?? [];
    return { certificates, authorities: (await readText(clients)) || undefined };
  }

  /**
   * Writes what differs, the list after what it names; other files stay, as HAProxy may run with them. Each file whose
   * text was another is added to `changed` first. Rejects when the disk does not take it.
   */
  async write({ certificates, authorities }: TlsMaterial, changed: Set<string>): Promise<void> {
    if (isEmpty({ certificates, authorities })) return;
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    for (const [file, text] of this.#textsOf({ certificates, authorities })) {
      if ((await readText(file)) === text) continue;
      changed.add(file);
      await writeAtomically(file, text);
    }
  }

  /** Removes the files that no configuration names any more. */
  async tidy(material: TlsMaterial): Promise<void> {
    const known = this.#textsOf(material);
    const names = await readdir(this.#folder).catch(() => []);
    const files = names.map((name) => join(this.#folder, name));
    const isNamed = (file: string) => !isEmpty(material) && known.has(file);
    await Promise.all(files.filter((file) => !isNamed(file)).map((file) => rm(file, { force: true })));
  }

  /** Text by path, the list last. */
  #textsOf({ certificates, authorities }: TlsMaterial): ReadonlyMap<string, string> {
    const files = this.filesOf(certificates);
    const lines = files.map(({ file }, index) => `# ${lineOf(certificates[index]?.name ?? "")}\n${file}\n`);
    const texts = new Map<string, string>(files.map(({ file, pem }) => [file, `${pem}\n`]));
    texts.set(
      this.names,
      namesOf(certificates)
        .map((name) => `${name}\n`)
        .join(""),
    );
    if (authorities !== undefined) texts.set(this.authoritiesOf(authorities), authorities);
    const clients = authorities === undefined ? "" : `## ${this.authoritiesOf(authorities)}\n`;
    return texts.set(this.list, clients + lines.join(""));
  }
}

function isEmpty({ certificates, authorities }: TlsMaterial): boolean {
  return certificates.length === 0 && authorities === undefined;
}

/** The names that certificates are for, in small letters; those that no client can ask for are left out. */
export function namesOf(certificates: readonly ServerCertificate[]): readonly string[] {
  const names = certificates.flatMap(({ hosts }) => hosts.map((host) => host.toLowerCase()));
  return [...new Set(names)].filter((name) => /^[a-z0-9*_.-]+$/.test(name)).sort();
}

function hashOf(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}

/** A name as a comment of a crt-list: one line. */
function lineOf(name: string): string {
  return name.replaceAll(/\p{Cc}/gu, "?");
}

/** The text of a file; empty: there is none that can be read. */
function readText(file: string): Promise<string> {
  return readFile(file, "utf8").catch(() => "");
}
