import { EventEmitter } from "node:events";
import { reasonOf, shown } from "@fairway/contract";
import { isWord, type Haproxy } from "@fairway/haproxy";
import { WorkQueue } from "@fairway/loop";
import type { Log } from "@fairway/program";
import type { TlsFacts } from "../desired/desired.ts";
import { CertificateFiles, namesOf, noMaterial, type TlsMaterial } from "./certificate-files.ts";
import { fileStatesOf, readSource, type CertificateSource } from "./certificate-sources.ts";
import { chooseCertificates, warnOfEnds } from "./choose-certificates.ts";
import { readAuthorities, type AuthoritiesSource } from "./client-authorities.ts";
import { planCertificates } from "./plan-certificates.ts";

/** What {@link Certificates} works with. */
export type CertificatesOptions = {
  readonly source: CertificateSource;
  readonly clients: AuthoritiesSource;
  /** SSL_STRICT_SNI: no certificate for who asks for a name that there is not. */
  readonly isStrict: boolean;
  /** A folder of our own, for what HAProxy loads. */
  readonly folder: string;
  /** Ms since 1970. */
  readonly now: () => number;
  readonly log: Log;
  readonly signal: AbortSignal;
};

/** How often the files are looked at. */
const everyMs = 2000;
/** How often they are read although none has changed: certificates expire. */
const readMs = 3_600_000;

/**
 * The certificates of TLS listeners: follows where they come from, and has HAProxy serve them. Emits `change` when
 * {@link install} has something to do, and `tls` when listeners are made otherwise than before.
 */
export class Certificates extends EventEmitter<{ change: []; tls: [TlsFacts] }> {
  readonly #options: CertificatesOptions;
  readonly #files: CertificateFiles;
  readonly #queue: WorkQueue<"look">;
  /** What is to be served. */
  #wanted: TlsMaterial = noMaterial;
  /** What the files hold. */
  #written: TlsMaterial = noMaterial;
  /** Files of which HAProxy may hold another text. */
  readonly #changed = new Set<string>();
  #problems: readonly string[] = [];
  /** The states of the files, and the authorities, when they were last read. */
  #looked = "";
  #readAt = -Infinity;
  /** What was last emitted as `tls`. */
  #told = "";

  constructor(options: CertificatesOptions) {
    super();
    const { folder, signal, log } = options;
    this.#options = options;
    this.#files = new CertificateFiles(folder);
    this.#queue = new WorkQueue({
      work: () => this.#look(),
      onError: (_, error) => log.error({ error: reasonOf(error) }, "certificates cannot be looked at"),
      signal,
    });
  }

  /** Reads what there is and writes it for HAProxy, before that starts. What the disk does not take is tried again. */
  async open(): Promise<void> {
    if (this.#isAsked) this.#wanted = await this.#files.read();
    await this.#look();
    await this.#write().catch((error: unknown) => {
      this.#options.log.error({ error: reasonOf(error) }, "certificates cannot be written");
    });
    // A HAProxy that an earlier agent left may hold what stood in these files before.
    for (const { file } of this.#files.filesOf(this.#written.certificates)) this.#changed.add(file);
    this.#changed.add(this.#files.names);
  }

  /** What TLS listeners are made of, as of the last {@link install}. */
  get tls(): TlsFacts {
    const { certificates, authorities } = this.#written;
    const { list } = this.#files;
    if (!isWord(list)) return { ok: false, reason: "its STATE_DIR has a character that commands of HAProxy have not" };
    if (certificates.length === 0) return { ok: false, reason: this.#whyNone() };
    const clients =
      authorities === undefined ? [] : ["ca-file", this.#files.authoritiesOf(authorities), "verify", "required"];
    const bind = ["ssl", "crt-list", list, ...(this.#options.isStrict ? ["strict-sni"] : []), ...clients];
    return this.#options.isStrict ? { ok: true, bind } : { ok: true, bind, names: this.#files.names };
  }

  /** What is wrong and what ends soon, as sentences. */
  get notes(): readonly string[] {
    return [...this.#problems, ...warnOfEnds(this.#wanted.certificates, this.#options.now())];
  }

  /** When each served certificate expires, ms since 1970, by name. */
  get ends(): readonly (readonly [name: string, expiresAt: number])[] {
    return this.#written.certificates.map(({ name, expiresAt }) => [shown(name), expiresAt]);
  }

  /**
   * Writes the files and has HAProxy, if it runs, serve them at run time; nothing may start or reload it meanwhile.
   * Answers why only a reload brings it there; empty: it needs none. Rejects when the disk does not take them.
   */
  async install(haproxy: ServedBy | undefined): Promise<string> {
    await this.#write();
    const { list } = this.#files;
    const held = this.#written.certificates.length > 0 ? await haproxy?.certificates(list) : undefined;
    if (haproxy === undefined || held === undefined) return "";
    const commands = planCertificates(held, this.#files.filesOf(this.#written.certificates), this.#changed);
    const problem = (await haproxy.changeCertificates(list, commands)) || (await this.#changeNames(haproxy));
    if (problem === "") this.#changed.clear();
    if (commands.length > 0) this.#options.log.info({ changes: commands.length, problem }, "certificates changed");
    return problem === "" ? "" : `certificates changed, and HAProxy said at run time: ${problem}`;
  }

  /** Answers what HAProxy would not do; empty: it did, or knows them. */
  async #changeNames(haproxy: ServedBy): Promise<string> {
    const { names } = this.#files;
    if (this.#options.isStrict || !this.#changed.has(names)) return "";
    return (await haproxy.replaceEntries({ is: "acl", path: names }, namesOf(this.#written.certificates))).reason;
  }

  /** A new worker has read the files, and runs with a configuration that names no others. Never rejects. */
  async onLoaded(): Promise<void> {
    this.#changed.clear();
    await this.#files.tidy(this.#written).catch((error: unknown) => {
      this.#options.log.warn({ error: reasonOf(error) }, "former certificates cannot be removed");
    });
  }

  get #isAsked(): boolean {
    const { source } = this.#options;
    return source.folder !== undefined || source.variables.size > 0;
  }

  async #look(): Promise<void> {
    const { source, clients, now } = this.#options;
    this.#queue.addAfter("look", everyMs);
    const authorities = await readAuthorities(clients);
    const looked = JSON.stringify([await fileStatesOf(source), authorities]);
    if (looked === this.#looked && now() - this.#readAt < readMs) return;
    const reading = await readSource(source);
    // What cannot be read, for whatever reason, is tried at each look.
    this.#looked = reading.ok ? looked : "";
    this.#readAt = now();
    const { serve, problems } = chooseCertificates(reading, this.#wanted.certificates, now());
    const former = this.#wanted.authorities;
    // Without the authorities that were asked for, nobody may be let in unasked.
    const isClosed = !authorities.ok && former === undefined;
    this.#tell([...problems, ...(authorities.ok ? [] : [authorities.reason])]);
    this.#wanted = {
      certificates: isClosed ? [] : serve,
      authorities: authorities.ok ? authorities.pem : former,
    };
    this.emit("change");
  }

  async #write(): Promise<void> {
    const wanted = this.#wanted;
    await this.#files.write(wanted, this.#changed);
    this.#written = wanted;
    const told = JSON.stringify(this.tls);
    if (told !== this.#told) this.emit("tls", this.tls);
    this.#told = told;
  }

  #whyNone(): string {
    if (!this.#isAsked) return "this proxy has no certificate: set CERT_FOLDER";
    return `this proxy has no certificate${this.#problems.length === 0 ? "" : `: ${this.#problems[0]}`}`;
  }

  #tell(problems: readonly string[]): void {
    const added = problems.filter((each) => !this.#problems.includes(each));
    for (const problem of added) this.#options.log.warn({ problem }, "certificate not taken");
    this.#problems = problems;
  }
}

type ServedBy = Pick<Haproxy, "certificates" | "changeCertificates" | "replaceEntries">;
