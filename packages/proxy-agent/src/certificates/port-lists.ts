import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { shown, type ServerCertificate } from "@fairway/contract";
import type { Listener, ListenerCertificate } from "@fairway/haproxy";
import { portListFolder } from "../desired/tls-words.ts";
import type { LabelCertificates } from "./label-certificates.ts";
import { ServedList, type Installed, type ServedBy } from "./served-list.ts";

/** What {@link PortLists} works with. */
export type PortListsOptions = {
  /** A folder of our own: below it one for each port. */
  readonly folder: string;
  readonly isStrict: boolean;
  /** Undefined: labels have none, and what earlier ones had is removed. */
  readonly labels: Pick<LabelCertificates, "get" | "restore"> | undefined;
};

type PortList = {
  readonly asked: readonly ListenerCertificate[];
  readonly wanted: readonly ServerCertificate[];
  /** Names of those that are not at hand. */
  readonly missing: readonly string[];
  readonly list: ServedList;
};

/** The certificates of labels as HAProxy loads them: a crt-list for each port whose containers have some. */
export class PortLists {
  readonly #options: PortListsOptions;
  readonly #byPort = new Map<number, PortList>();
  /** HAProxy may not have all of them. */
  #isDue = false;

  constructor(options: PortListsOptions) {
    this.#options = options;
  }

  /** Reads what an earlier agent wrote. Never rejects. */
  async open(): Promise<void> {
    const { labels, folder } = this.#options;
    if (labels === undefined) return;
    for (const name of await readdir(folder).catch(() => [])) {
      const { certificates } = await new ServedList(join(folder, name), true).files.read();
      for (const each of certificates) labels.restore(each);
    }
  }

  /** Those that are served, whose names say at which port. */
  get certificates(): readonly ServerCertificate[] {
    return [...this.#byPort].flatMap(([port, { wanted }]) => {
      return wanted.map((each) => ({ ...each, name: `${each.name} on port ${port}` }));
    });
  }

  /** Which certificates are not at hand, as sentences. */
  get problems(): readonly string[] {
    return [...this.#byPort].flatMap(([port, { missing }]) => {
      return missing.map(
        (name) => `port ${port} is without the certificate ${shown(name)} until its record is read again`,
      );
    });
  }

  /** Takes in which certificates listeners have now; true: they are to be installed. */
  follow(listeners: readonly Listener[]): boolean {
    for (const { port, settings } of listeners) {
      const { certificates } = settings;
      const known = this.#byPort.get(port);
      if (certificates === undefined || (known?.asked === certificates && known.missing.length === 0)) continue;
      this.#ask(port, certificates);
    }
    return this.#isDue;
  }

  /** Rejects when the disk does not take them. */
  async write(): Promise<void> {
    for (const { list, wanted } of this.#byPort.values()) {
      if (list.written.certificates !== wanted) await list.write({ certificates: wanted, authorities: undefined });
    }
  }

  /** Has HAProxy serve them, see {@link ServedList.install}. */
  async install(haproxy: ServedBy): Promise<Installed> {
    const installed: Installed[] = [];
    for (const { list } of this.#byPort.values()) installed.push(await list.install(haproxy));
    this.#isDue = false;
    return {
      changes: installed.reduce((sum, { changes }) => sum + changes, 0),
      problem: installed.find(({ problem }) => problem !== "")?.problem ?? "",
    };
  }

  /** A new worker runs with these listeners: those of no other port are needed. Rejects when they cannot be removed. */
  async onLoaded(listeners: readonly Listener[]): Promise<void> {
    const asking = new Set(listeners.flatMap(({ port, settings }) => (settings.certificates ? [port] : [])));
    for (const port of this.#byPort.keys()) if (!asking.has(port)) this.#byPort.delete(port);
    for (const { list } of this.#byPort.values()) await list.onLoaded();
    this.#isDue = false;
    const { folder } = this.#options;
    const named = new Set([...this.#byPort.keys()].map((port) => portListFolder(folder, port)));
    const paths = (await readdir(folder).catch(() => [])).map((name) => join(folder, name));
    for (const path of paths) if (!named.has(path)) await rm(path, { recursive: true, force: true });
  }

  /** One that is not at hand is left out; a port that would have none keeps those that it has. */
  #ask(port: number, asked: readonly ListenerCertificate[]): void {
    const { folder, isStrict, labels } = this.#options;
    const known = this.#byPort.get(port);
    const held = asked.map(({ name, id }) => ({ name, certificate: labels?.get(id) }));
    const missing = held.flatMap(({ name, certificate }) => (certificate ? [] : [name]));
    const found = held.flatMap(({ name, certificate }) => (certificate ? [{ ...certificate, name }] : []));
    const wanted = found.length === 0 && known ? known.wanted : found;
    const list = known?.list ?? new ServedList(portListFolder(folder, port), isStrict);
    if (known && isSame(known.wanted, wanted)) {
      this.#byPort.set(port, { asked, wanted: known.wanted, missing, list });
      return;
    }
    this.#isDue = true;
    this.#byPort.set(port, { asked, wanted, missing, list });
  }
}

function isSame(a: readonly ServerCertificate[], b: readonly ServerCertificate[]): boolean {
  return a.length === b.length && a.every(({ name, pem }, at) => name === b[at]?.name && pem === b[at].pem);
}
