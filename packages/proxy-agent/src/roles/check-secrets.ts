import { EventEmitter } from "node:events";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { shown } from "@fairway/contract";
import { WorkQueue } from "@fairway/loop";
import type { Log } from "@fairway/program";

/** What {@link CheckSecrets} works with. */
export type CheckSecretsOptions = {
  /** CHECK_SECRETS; undefined: there are none. */
  readonly folder: string | undefined;
  readonly log: Log;
  readonly signal: AbortSignal;
};

/** A service by its own names. */
export type NamedService = { readonly project: string; readonly service: string };

/** How often the files of passwords are looked at. */
const lookEveryMs = 2000;
const longestBytes = 4096;

type Reading =
  { readonly ok: true; readonly password: string | undefined } | { readonly ok: false; readonly reason: string };

/**
 * Passwords by which checks log in, each of one service: the file `<project>/<service>` of a folder, which is followed. What
 * cannot be read now changes nothing. Emits `change` when a password is another one.
 */
export class CheckSecrets extends EventEmitter<{ change: [] }> {
  readonly #options: CheckSecretsOptions;
  readonly #queue: WorkQueue<"look">;
  readonly #services = new Map<string, NamedService>();
  readonly #passwords = new Map<string, string>();
  #problems: readonly string[] = [];

  constructor(options: CheckSecretsOptions) {
    super();
    const { log, signal } = options;
    this.#options = options;
    this.#queue = new WorkQueue({
      work: () => this.#look(),
      onError: (_, error) => log.error({ error: String(error) }, "passwords of checks cannot be looked at"),
      signal,
    });
  }

  /** What is wrong, as sentences. */
  get notes(): readonly string[] {
    return this.#problems;
  }

  /** Takes in whose checks log in. */
  follow(services: readonly NamedService[]): void {
    if (this.#options.folder === undefined) return;
    const now = new Map(services.map((each) => [pathOf(each), each]));
    for (const path of this.#services.keys()) if (!now.has(path)) this.#forget(path);
    const isNew = [...now.keys()].some((path) => !this.#services.has(path));
    for (const [path, service] of now) this.#services.set(path, service);
    if (isNew) this.#queue.add("look");
  }

  /** Undefined: none is known. */
  passwordOf(service: NamedService): string | undefined {
    return this.#passwords.get(pathOf(service));
  }

  #forget(path: string): void {
    this.#services.delete(path);
    this.#passwords.delete(path);
  }

  async #look(): Promise<void> {
    const { folder, log } = this.#options;
    if (folder === undefined || this.#services.size === 0) return;
    this.#queue.addAfter("look", lookEveryMs);
    const problems: string[] = [];
    let hasChanged = false;
    for (const [path, service] of this.#services) {
      const reading = await readPassword(folder, service);
      if (!reading.ok) problems.push(`CHECK_SECRETS, ${shown(path)}: ${reading.reason}`);
      else if (this.#services.has(path)) hasChanged = this.#take(path, reading.password) || hasChanged;
    }
    for (const problem of problems) if (!this.#problems.includes(problem)) log.warn({ problem }, "password not taken");
    this.#problems = problems;
    if (hasChanged) this.emit("change");
  }

  #take(path: string, password: string | undefined): boolean {
    if (this.#passwords.get(path) === password) return false;
    if (password === undefined) this.#passwords.delete(path);
    else this.#passwords.set(path, password);
    return true;
  }
}

function pathOf({ project, service }: NamedService): string {
  return `${project}/${service}`;
}

/** Names are a stranger's: none leads out of the folder. */
function isFileName(name: string): boolean {
  return name !== "" && name !== "." && name !== ".." && !/[/\0]/.test(name);
}

/** Of a name that is longer than any file's there is none either. */
const missing: ReadonlySet<string> = new Set(["ENOENT", "ENOTDIR", "ENAMETOOLONG"]);

/** A file that is not there is no password; one that others may read is none either. */
async function readPassword(folder: string, { project, service }: NamedService): Promise<Reading> {
  if (!isFileName(project) || !isFileName(service)) return { ok: true, password: undefined };
  const file = join(folder, project, service);
  try {
    const found = await stat(file);
    if (!found.isFile() || found.size > longestBytes)
      return { ok: false, reason: `is no file of at most ${longestBytes} bytes` };
    if ((found.mode & 0o077) !== 0) return { ok: false, reason: "others may read it: chmod 600" };
    const [password = "", ...more] = (await readFile(file, "utf8")).replace(/\r?\n$/, "").split("\n");
    if (password === "" || more.length > 0) return { ok: false, reason: "is no password on one line" };
    return { ok: true, password };
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    return missing.has(code) ? { ok: true, password: undefined } : { ok: false, reason: code };
  }
}
