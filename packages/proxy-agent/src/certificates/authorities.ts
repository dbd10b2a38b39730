import { createHash } from "node:crypto";
import { EventEmitter } from "node:events";
import { mkdir, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { reasonOf, type ServerAuthorities } from "@fairway/contract";
import { isWord, type Haproxy } from "@fairway/haproxy";
import { WorkQueue } from "@fairway/loop";
import type { Log } from "@fairway/program";
import { writeAtomically } from "../files/atomic-write.ts";
import { fileStatesOf, readSmall } from "./certificate-sources.ts";
import { authoritiesIn, chooseAuthorities, type Authority, type FolderReading } from "./choose-authorities.ts";

/** What {@link Authorities} works with. */
export type AuthoritiesOptions = {
  /** SERVER_CA_FOLDER. */
  readonly folder: string | undefined;
  /** A folder of our own, for what HAProxy loads. */
  readonly ownFolder: string;
  /** Ms since 1970. */
  readonly now: () => number;
  readonly log: Log;
  readonly signal: AbortSignal;
};

/** How often the files of authorities are looked at. */
const lookEveryMs = 2000;
/** The file that the next agent begins with. */
const current = "current.pem";
/** How often authorities are read although no file has changed: they expire. */
const readEveryMs = 3_600_000;

/**
 * The authorities that servers with `SERVER_TLS: verify` need a certificate of: follows their folder, and has HAProxy know
 * them. Emits `change` when {@link install} has something to do, and `facts` when servers are made otherwise than before.
 */
export class Authorities extends EventEmitter<{ change: []; facts: [ServerAuthorities] }> {
  readonly #options: AuthoritiesOptions;
  readonly #queue: WorkQueue<"look">;
  #wanted: readonly Authority[] = [];
  /** What the file holds. */
  #written: readonly Authority[] = [];
  #problems: readonly string[] = [];
  #looked = "";
  #readAt = -Infinity;
  /** What was last emitted as `facts`. */
  #told = "";

  constructor(options: AuthoritiesOptions) {
    super();
    const { signal, log } = options;
    this.#options = options;
    this.#queue = new WorkQueue({
      work: () => this.#look(),
      onError: (_, error) => log.error({ error: reasonOf(error) }, "authorities cannot be looked at"),
      signal,
    });
  }

  /** Reads what there is and writes it for HAProxy, before that starts. What the disk does not take is tried again. */
  async open(): Promise<void> {
    const { folder, now, log } = this.#options;
    if (folder === undefined) return;
    const text = await readFile(this.#ownFile(current), "utf8").catch(() => "");
    this.#wanted = authoritiesIn(current, text, now()).authorities;
    await this.#look();
    await this.#write().catch((error: unknown) =>
      log.error({ error: reasonOf(error) }, "authorities cannot be written"),
    );
  }

  /** What servers are made of, as of the last {@link install}. */
  get facts(): ServerAuthorities {
    const { folder } = this.#options;
    const file = this.#file;
    if (folder === undefined) return { ok: false, reason: "this proxy trusts no authority: set SERVER_CA_FOLDER" };
    if (!isWord(file)) return { ok: false, reason: "its STATE_DIR has a character that commands of HAProxy have not" };
    if (this.#written.length > 0) return { ok: true, file };
    const [problem = "SERVER_CA_FOLDER holds no certificate"] = this.#problems;
    return { ok: false, reason: `this proxy trusts no authority: ${problem}` };
  }

  /** What is wrong, as sentences. */
  get notes(): readonly string[] {
    return this.#problems;
  }

  /**
   * Writes the file and has HAProxy, if it runs, know it; nothing may start or reload it meanwhile. Never takes a reload:
   * where HAProxy does not take it at run time, the first server that needs it comes by one. Rejects when the disk does not
   * take it, or HAProxy does not answer.
   */
  async install(haproxy: LoadedBy | undefined): Promise<string> {
    await this.#write();
    const file = this.#file;
    if (haproxy === undefined || this.#written.length === 0 || (await haproxy.hasAuthorities(file))) return "";
    const problem = await haproxy.loadAuthorities(file, pemOf(this.#written));
    this.#options.log.info({ authorities: this.#written.length, problem }, "authorities of servers loaded");
    return "";
  }

  /** A new worker knows none that no server in its file needs, and nobody needs the former files. Never rejects. */
  async onLoaded(haproxy: LoadedBy): Promise<void> {
    try {
      await this.install(haproxy);
      await this.#tidy();
    } catch (error) {
      this.#options.log.warn({ error: reasonOf(error) }, "authorities cannot be loaded");
    }
  }

  /** Others have another file, so that servers differ by it: HAProxy gives a running one no others. */
  get #file(): string {
    return this.#ownFile(`${createHash("sha256").update(pemOf(this.#written)).digest("hex").slice(0, 16)}.pem`);
  }

  #ownFile(name: string): string {
    return join(this.#options.ownFolder, name);
  }

  async #look(): Promise<void> {
    const { folder, now } = this.#options;
    if (folder === undefined) return;
    this.#queue.addAfter("look", lookEveryMs);
    const looked = await fileStatesOf({ folder });
    if (looked === this.#looked && now() - this.#readAt < readEveryMs) return;
    const reading = await readFolder(folder);
    // What cannot be read, for whatever reason, is tried at each look.
    this.#looked = reading.ok ? looked : "";
    this.#readAt = now();
    const { trust, problems } = chooseAuthorities(reading, this.#wanted, now());
    this.#tell(problems);
    this.#wanted = trust;
    this.emit("change");
  }

  async #write(): Promise<void> {
    const wanted = this.#wanted;
    if (wanted !== this.#written) {
      const before = this.#written;
      this.#written = wanted;
      // Without any its files stay: HAProxy may hold them.
      if (wanted.length > 0)
        await this.#writeFiles().catch((error: unknown) => {
          this.#written = before;
          throw error;
        });
    }
    const told = JSON.stringify(this.facts);
    if (told !== this.#told) this.emit("facts", this.facts);
    this.#told = told;
  }

  async #writeFiles(): Promise<void> {
    await mkdir(this.#options.ownFolder, { recursive: true, mode: 0o700 });
    for (const file of [this.#file, this.#ownFile(current)]) await writeAtomically(file, `${pemOf(this.#written)}\n`);
  }

  async #tidy(): Promise<void> {
    const names = await readdir(this.#options.ownFolder).catch(() => []);
    const files = names.map((name) => this.#ownFile(name));
    const former = files.filter((file) => file !== this.#file && file !== this.#ownFile(current));
    await Promise.all(former.map((file) => rm(file, { force: true })));
  }

  #tell(problems: readonly string[]): void {
    const added = problems.filter((each) => !this.#problems.includes(each));
    for (const problem of added) this.#options.log.warn({ problem }, "authority not taken");
    this.#problems = problems;
  }
}

type LoadedBy = Pick<Haproxy, "hasAuthorities" | "loadAuthorities">;

function pemOf(authorities: readonly Authority[]): string {
  return authorities.map(({ pem }) => pem).join("\n");
}

const mostFiles = 1000;

/** Names that begin with a dot are of files that are being written, and of a mount's own. */
async function readFolder(folder: string): Promise<FolderReading> {
  try {
    const names = (await readdir(folder)).filter((name) => /^[^.].*\.(pem|crt)$/.test(name)).sort();
    if (names.length > mostFiles) return { ok: false, reason: `it has more than ${mostFiles} files` };
    const texts = names.map(async (name) => [name, await readSmall(join(folder, name)).catch(() => "")] as const);
    return { ok: true, texts: new Map(await Promise.all(texts)) };
  } catch (error) {
    return { ok: false, reason: reasonOf(error) };
  }
}
