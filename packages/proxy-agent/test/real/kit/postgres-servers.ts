import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { eventually } from "./client.ts";
import { writer } from "./postgres-write.ts";
import { asPostgres, postgresPrograms } from "./real-servers.ts";

const execute = promisify(execFile);
const checkPassword = "geheim, mit Wort";

/** A PostgreSQL on loopback. */
export type PostgresServer = {
  readonly name: string;
  readonly port: number;
  /** Runs SQL as its owner; answers its rows. */
  readonly sql: (text: string) => Promise<string>;
  readonly isRunning: () => boolean;
  readonly kill: () => Promise<void>;
};

/** A primary and its replicas: whoever comes over the network needs a password, by SCRAM, but for who only writes. */
export class PostgresServers {
  readonly password = checkPassword;
  readonly #folder: string;
  readonly #bin: string;
  readonly #servers: PostgresServer[] = [];

  private constructor(folder: string, bin: string) {
    this.#folder = folder;
    this.#bin = bin;
  }

  static async open(): Promise<PostgresServers> {
    const folder = await mkdtemp(join(tmpdir(), "fairway-postgres-"));
    await chmod(folder, 0o777);
    return new PostgresServers(folder, await postgresPrograms());
  }

  /** The first one, with a user for checks and one who writes. */
  async primary(name: string, port: number): Promise<PostgresServer> {
    const data = join(this.#folder, name);
    const auth = ["--auth-host", "scram-sha-256", "--auth-local", "trust"];
    await this.#run("initdb", "-D", data, "--no-sync", ...auth);
    const hba = await readFile(join(data, "pg_hba.conf"), "utf8");
    await writeFile(join(data, "pg_hba.conf"), `host all ${writer} 127.0.0.1/32 trust\n${hba}`);
    const server = await this.#start(name, port);
    await server.sql(`CREATE ROLE fairway LOGIN PASSWORD '${checkPassword}'`);
    await server.sql(`CREATE TABLE ${writer} (n serial); CREATE ROLE ${writer} LOGIN;
      GRANT INSERT ON ${writer} TO ${writer}; GRANT USAGE ON SEQUENCE ${writer}_n_seq TO ${writer}`);
    return server;
  }

  /** One that replays what another one writes. */
  async replica(name: string, port: number, of: PostgresServer): Promise<PostgresServer> {
    const from = ["-h", this.#folder, "-p", String(of.port), "-U", "postgres"];
    await this.#run("pg_basebackup", ...from, "-D", join(this.#folder, name), "-R", "--checkpoint=fast", "--no-sync");
    return this.#start(name, port);
  }

  /** Those that were not killed. */
  running(): readonly PostgresServer[] {
    return this.#servers.filter(({ isRunning }) => isRunning());
  }

  async close(): Promise<void> {
    await Promise.all(this.#servers.map((server) => server.kill()));
    await rm(this.#folder, { recursive: true, force: true, maxRetries: 20 });
  }

  async #start(name: string, port: number): Promise<PostgresServer> {
    const options = [
      "-p",
      String(port),
      "-h",
      "127.0.0.1",
      "-k",
      this.#folder,
      "-c",
      "fsync=off",
      "-c",
      "max_connections=600",
    ];
    const words = [...asPostgres, join(this.#bin, "postgres"), "-D", join(this.#folder, name), ...options];
    const process = spawn("setpriv", words, { stdio: "ignore", detached: true });
    const sql = async (text: string) => {
      const asked = ["-h", this.#folder, "-p", String(port), "-U", "postgres", "-Atc", text];
      return (await execute("setpriv", [...asPostgres, "psql", ...asked])).stdout.trim();
    };
    const isRunning = () => process.exitCode === null && process.signalCode === null;
    const kill = async () => {
      if (!isRunning() || process.pid === undefined) return;
      // All of its processes at once, as where a machine fails.
      globalThis.process.kill(-process.pid, "SIGKILL");
      await once(process, "exit");
    };
    const server = { name, port, sql, isRunning, kill };
    this.#servers.push(server);
    await eventually(`postgres ${name} answers`, async () => (await sql("SELECT 1").catch(() => "")) === "1", 30_000);
    return server;
  }

  async #run(program: string, ...words: readonly string[]): Promise<void> {
    await execute("setpriv", [...asPostgres, join(this.#bin, program), ...words], { cwd: this.#folder });
  }
}
