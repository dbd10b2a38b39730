import { EventEmitter } from "node:events";
import { reasonOf, shown } from "@fairway/contract";
import { isWord, type Listener } from "@fairway/haproxy";
import { WorkQueue } from "@fairway/loop";
import type { Log } from "@fairway/program";
import type { TlsFacts } from "../desired/tls-words.ts";
import { noMaterial, type TlsMaterial } from "./certificate-files.ts";
import { fileStatesOf, readSource, type CertificateSource } from "./certificate-sources.ts";
import { chooseCertificates, tellEnded, warnOfEnds } from "./choose-certificates.ts";
import { readAuthorities, type AuthoritiesSource } from "./client-authorities.ts";
import type { LabelCertificates } from "./label-certificates.ts";
import { PortLists } from "./port-lists.ts";
import { ServedList, type ServedBy } from "./served-list.ts";

/** What {@link Certificates} works with. */
export type CertificatesOptions = {
  readonly source: CertificateSource;
  readonly clients: AuthoritiesSource;
  /** SSL_STRICT_SNI: no certificate for who asks for a name that there is not. */
  readonly isStrict: boolean;
  /** A folder of our own, for what HAProxy loads. */
  readonly folder: string;
  /** Those of labels; undefined: labels have none. */
  readonly labels: LabelCertificates | undefined;
  /** A folder of our own for these, which holds nothing where labels have none. */
  readonly portsFolder: string;
  /** Ms since 1970. */
  readonly now: () => number;
  readonly log: Log;
  readonly signal: AbortSignal;
};

/** How often the files of certificates are looked at. */
const lookEveryMs = 2000;
/** How often certificates are read although no file has changed: they expire. */
const readEveryMs = 3_600_000;

/**
 * The certificates of TLS listeners: follows where they come from, and has HAProxy serve them. Emits `change` when
 * {@link install} has something to do, and `tls` when listeners are made otherwise than before.
 */
export class Certificates extends EventEmitter<{ change: []; tls: [TlsFacts] }> {
  readonly #options: CertificatesOptions;
  readonly #list: ServedList;
  readonly #ports: PortLists;
  readonly #queue: WorkQueue<"look">;
  /** What is to be served. */
  #wanted: TlsMaterial = noMaterial;
  /** True: the authorities that clients need a certificate of cannot be read, so nobody may be let in. */
  #isClosed = false;
  #problems: readonly string[] = [];
  /** What was last told of certificates that end soon. */
  #ends: readonly string[] = [];
  /** The states of the files, and the authorities, when they were last read. */
  #looked = "";
  #readAt = -Infinity;
  /** What was last emitted as `tls`. */
  #told = "";

  constructor(options: CertificatesOptions) {
    super();
    const { folder, isStrict, labels, portsFolder, signal, log } = options;
    this.#options = options;
    this.#list = new ServedList(folder, isStrict);
    this.#ports = new PortLists({ folder: portsFolder, isStrict, labels });
    this.#queue = new WorkQueue({
      work: () => this.#look(),
      onError: (_, error) => log.error({ error: reasonOf(error) }, "certificates cannot be looked at"),
      signal,
    });
  }

  /** Reads what there is and writes it for HAProxy, before that starts. What the disk does not take is tried again. */
  async open(): Promise<void> {
    if (this.#isAsked || this.#options.labels) this.#wanted = await this.#list.files.read();
    if (!this.#isAsked) this.#wanted = { ...this.#wanted, certificates: [] };
    await this.#ports.open();
    await this.#look();
    await this.#write().catch((error: unknown) => {
      this.#options.log.error({ error: reasonOf(error) }, "certificates cannot be written");
    });
  }

  /** What TLS listeners are made of, as of the last {@link install}. */
  get tls(): TlsFacts {
    const { certificates, authorities } = this.#list.written;
    const { list, names, authoritiesOf } = this.#list.files;
    const { isStrict } = this.#options;
    if (!isWord(list)) return { ok: false, reason: "its STATE_DIR has a character that commands of HAProxy have not" };
    const clients = authorities === undefined ? [] : ["ca-file", authoritiesOf(authorities), "verify", "required"];
    const hasOwn = certificates.length > 0;
    const words = [...(hasOwn ? ["crt-list", list] : []), ...(isStrict ? ["strict-sni"] : []), ...clients];
    const labels = this.#labelTls(words);
    if (!hasOwn) return { ok: false, reason: this.#whyNone(), ...labels };
    return { ok: true, bind: ["ssl", ...words], ...(!isStrict && { names }), ...labels };
  }

  #labelTls(words: readonly string[]): Pick<TlsFacts, "labels"> {
    const { labels, portsFolder, isStrict } = this.#options;
    return labels && !this.#isClosed ? { labels: { folder: portsFolder, words, isCounted: !isStrict } } : {};
  }

  /** What is wrong and what ends soon, as sentences. */
  get notes(): readonly string[] {
    return [...this.#problems, ...this.#ports.problems, ...this.#endingSoon()];
  }

  /** When each served certificate expires, ms since 1970, by name. */
  get ends(): readonly (readonly [name: string, expiresAt: number])[] {
    const served = [...this.#list.written.certificates, ...this.#ports.certificates];
    return served.map(({ name, expiresAt }) => [shown(name), expiresAt]);
  }

  /** Takes in which certificates of labels listeners have; true: {@link install} has something to do. */
  follow(listeners: readonly Listener[]): boolean {
    return this.#ports.follow(listeners);
  }

  /**
   * Writes the files and has HAProxy, if it runs, serve them at run time; nothing may start or reload it meanwhile.
   * Answers why only a reload brings it there; empty: it needs none. Rejects when the disk does not take them.
   */
  async install(haproxy: ServedBy | undefined): Promise<string> {
    await this.#write();
    if (haproxy === undefined) return "";
    const ofAll = await this.#list.install(haproxy);
    const ofLabels = await this.#ports.install(haproxy);
    const changes = ofAll.changes + ofLabels.changes;
    const problem = ofAll.problem || ofLabels.problem;
    if (changes > 0) this.#options.log.info({ changes, problem }, "certificates changed");
    return problem === "" ? "" : `certificates changed, and HAProxy said at run time: ${problem}`;
  }

  /** A new worker has read the files, and runs with a configuration that names no others. Never rejects. */
  async onLoaded(_: unknown, listeners: readonly Listener[]): Promise<void> {
    try {
      await this.#list.onLoaded();
      await this.#ports.onLoaded(listeners);
    } catch (error) {
      this.#options.log.warn({ error: reasonOf(error) }, "former certificates cannot be removed");
    }
  }

  get #isAsked(): boolean {
    const { source } = this.#options;
    return source.folder !== undefined || source.variables.size > 0;
  }

  async #look(): Promise<void> {
    const { source, clients, now } = this.#options;
    this.#queue.addAfter("look", lookEveryMs);
    const authorities = await readAuthorities(clients, now());
    const looked = JSON.stringify([await fileStatesOf(source), authorities]);
    if (looked === this.#looked && now() - this.#readAt < readEveryMs) return;
    const reading = await readSource(source);
    // What cannot be read, for whatever reason, is tried at each look.
    this.#looked = reading.ok ? looked : "";
    this.#readAt = now();
    const { serve, problems } = chooseCertificates(reading, this.#wanted.certificates, now());
    const former = this.#wanted.authorities;
    // Without the authorities that were asked for, nobody may be let in unasked.
    this.#isClosed = !authorities.ok && former === undefined;
    this.#tell([...problems, ...(authorities.ok ? authorities.problems : [authorities.reason])]);
    this.#wanted = {
      certificates: this.#isClosed ? [] : serve,
      authorities: authorities.ok ? authorities.pem : former,
    };
    this.emit("change");
  }

  async #write(): Promise<void> {
    await this.#list.write(this.#wanted);
    await this.#ports.write();
    this.#tellEnds();
    const told = JSON.stringify(this.tls);
    if (told !== this.#told) this.emit("tls", this.tls);
    this.#told = told;
  }

  #whyNone(): string {
    if (!this.#isAsked) return "this proxy has no certificate: set CERT_FOLDER";
    return `this proxy has no certificate${this.#problems.length === 0 ? "" : `: ${this.#problems[0]}`}`;
  }

  #endingSoon(): readonly string[] {
    const { certificates } = this.#ports;
    const now = this.#options.now();
    return [...warnOfEnds([...this.#wanted.certificates, ...certificates], now), ...tellEnded(certificates, now)];
  }

  #tellEnds(): void {
    const ends = this.#endingSoon();
    const added = ends.filter((each) => !this.#ends.includes(each));
    for (const end of added) this.#options.log.warn({ end }, "certificate ends soon");
    this.#ends = ends;
  }

  #tell(problems: readonly string[]): void {
    const added = problems.filter((each) => !this.#problems.includes(each));
    for (const problem of added) this.#options.log.warn({ problem }, "certificate not taken");
    this.#problems = problems;
  }
}
