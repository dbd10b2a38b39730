import { execFile } from "node:child_process";
import { mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Certificates of a test, in a directory of their own; file names and contents. */
export type Certificates = {
  readonly dir: string;
  readonly file: (name: "ca.crt" | "server.crt" | "server.key" | "client.crt" | "client.key") => string;
  readonly pem: (name: "ca.crt" | "client.crt" | "client.key") => Promise<string>;
};

/** A CA, a server's certificate for 127.0.0.1 and a client's. */
export async function createCertificates(): Promise<Certificates> {
  const dir = await mkdtemp(join(tmpdir(), "fairway-certs-"));
  const openssl = (...args: readonly string[]) => run("openssl", args, { cwd: dir });
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
  await openssl("req", "-x509", ...key, "-keyout", "ca.key", "-out", "ca.crt", "-subj", "/CN=test-ca", "-days", "2");
  await writeFile(join(dir, "san"), "subjectAltName=IP:127.0.0.1\n");
  for (const name of ["server", "client"]) {
    await openssl("req", ...key, "-keyout", `${name}.key`, "-out", `${name}.csr`, "-subj", `/CN=${name}`);
    const signed = ["-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2", "-extfile", "san"];
    await openssl("x509", "-req", "-in", `${name}.csr`, "-out", `${name}.crt`, ...signed);
  }
  return { dir, file: (name) => join(dir, name), pem: (name) => readFile(join(dir, name), "utf8") };
}
