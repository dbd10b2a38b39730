import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const execute = promisify(execFile);

/** A program that serves on loopback until it is ended. */
export type RealServer = { readonly port: number; readonly close: () => Promise<void> };

/** Runs a program with a folder of its own, which any user may enter. */
async function serve(port: number, start: (folder: string) => Promise<readonly string[]>): Promise<RealServer> {
  const folder = await mkdtemp(join(tmpdir(), "fairway-server-"));
  await chmod(folder, 0o777);
  const [program = "", ...words] = await start(folder);
  const process = spawn(program, words, { stdio: "ignore" });
  const close = async () => {
    if (process.exitCode === null && process.signalCode === null) {
      process.kill("SIGTERM");
      await once(process, "exit");
    }
    await rm(folder, { recursive: true, force: true, maxRetries: 10 });
  };
  return { port, close };
}

/** PostgreSQL refuses to run as root. */
export const asPostgres = ["--reuid", "postgres", "--regid", "postgres", "--clear-groups"];

/** The folder of PostgreSQL's programs. */
export async function postgresPrograms(): Promise<string> {
  const [version = ""] = (await readdir("/usr/lib/postgresql")).sort().toReversed();
  return `/usr/lib/postgresql/${version}/bin`;
}

/** A PostgreSQL that wants passwords of everybody. */
export function postgres(port: number): Promise<RealServer> {
  return serve(port, async (folder) => {
    const programs = await postgresPrograms();
    const bin = (name: string) => join(programs, name);
    const initdb = [bin("initdb"), "-D", join(folder, "data"), "--no-sync", "--auth-host", "scram-sha-256"];
    await execute("setpriv", [...asPostgres, ...initdb]);
    const options = ["-p", String(port), "-h", "127.0.0.1", "-k", folder, "-c", "fsync=off"];
    return ["setpriv", ...asPostgres, bin("postgres"), "-D", join(folder, "data"), ...options];
  });
}

/** A MariaDB that nobody has made a user in. */
export function mariadb(port: number): Promise<RealServer> {
  return serve(port, async (folder) => {
    const own = ["--no-defaults", `--datadir=${folder}`, `--tmpdir=${folder}`, "--user=root"];
    const tables = ["mysql_system_tables", "mysql_performance_tables", "mysql_system_tables_data"];
    const files = await Promise.all(tables.map((name) => readFile(`/usr/share/mysql/${name}.sql`, "utf8")));
    const making = execute("mariadbd", [...own, "--bootstrap", "--log-warnings=0"]);
    making.child.stdin?.end(["create database mysql;", "use mysql;", ...files].join("\n"));
    await making;
    const address = ["--bind-address=127.0.0.1", `--port=${port}`, `--socket=${join(folder, "socket")}`];
    return ["mariadbd", ...own, ...address, `--pid-file=${join(folder, "pid")}`];
  });
}

export function smtp(port: number): Promise<RealServer> {
  return serve(port, async (folder) => {
    const file = join(folder, "smtpd.conf");
    const lines = [`listen on 127.0.0.1 port ${port}`, 'action "none" maildir', 'match for local action "none"', ""];
    await writeFile(file, lines.join("\n"));
    return ["smtpd", "-d", "-f", file];
  });
}

/** An nginx that answers `/health`, on the next port with TLS. */
export function nginx(port: number, tlsPort: number): Promise<RealServer> {
  return serve(port, async (folder) => {
    const [key, certificate] = [join(folder, "key.pem"), join(folder, "certificate.pem")];
    const made = [
      "-newkey",
      "ec",
      "-pkeyopt",
      "ec_paramgen_curve:P-256",
      "-nodes",
      "-keyout",
      key,
      "-out",
      certificate,
    ];
    await execute("openssl", ["req", "-x509", ...made, "-subj", "/CN=web", "-days", "1"]);
    const http = [
      `listen 127.0.0.1:${port};`,
      `listen 127.0.0.1:${tlsPort} ssl;`,
      `ssl_certificate ${certificate}; ssl_certificate_key ${key};`,
      "location = /health { return 204; }",
      "location / { return 404; }",
    ];
    const own = `daemon off; pid ${join(folder, "pid")}; error_log /dev/null; events {}`;
    await writeFile(join(folder, "nginx.conf"), `${own} http { access_log off; server { ${http.join(" ")} } }\n`);
    return ["nginx", "-p", folder, "-c", join(folder, "nginx.conf")];
  });
}
