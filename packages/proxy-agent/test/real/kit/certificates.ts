import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, type ConnectionOptions, type TLSSocket } from "node:tls";
import { promisify } from "node:util";

const run = promisify(execFile);

/** A certificate that OpenSSL made, and its key: PEM. */
export type Made = { readonly certificate: string; readonly key: string };

/** Makes self-signed certificates of P-256, for a host each. `days` below 0: it has expired. */
export async function makeCertificate(host: string, { days = 30 }: { readonly days?: number } = {}): Promise<Made> {
  const folder = await mkdtemp(join(tmpdir(), "fairway-cert-"));
  try {
    const openssl = (...args: readonly string[]) => run("openssl", args, { cwd: folder });
    const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "key"];
    await openssl("req", ...key, "-out", "csr", "-subj", `/CN=${host}`);
    await writeFile(join(folder, "extensions"), `subjectAltName=DNS:${host}\n`);
    const signed = ["-signkey", "key", "-extfile", "extensions", "-days", String(days), "-out", "certificate"];
    await openssl("x509", "-req", "-in", "csr", ...signed);
    const read = (name: string) => readFile(join(folder, name), "utf8");
    return { certificate: await read("certificate"), key: await read("key") };
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** As one file. */
export function pemOf({ certificate, key }: Made): string {
  return certificate + key;
}

/** A TLS connection to an echo server behind a proxy. */
export type TlsConnection = {
  /** The name that the server said. */
  readonly server: string;
  /** PEM of the certificate that the proxy showed. */
  readonly certificate: string;
  readonly socket: TLSSocket;
};

type OpenOptions = ConnectionOptions & { readonly patienceMs?: number };

/** Opens TLS, for a host name or for none, whatever the certificate. Rejects when no server answers within 3 s. */
export async function openTls(
  port: number,
  host?: string,
  { patienceMs = 3000, ...options }: OpenOptions = {},
): Promise<TlsConnection> {
  const servername = host === undefined ? {} : { servername: host };
  const socket = connect({ host: "127.0.0.1", port, rejectUnauthorized: false, ...servername, ...options });
  const signal = AbortSignal.timeout(patienceMs);
  try {
    const [chunk] = (await once(socket, "data", { signal })) as [Buffer];
    const { raw } = socket.getPeerCertificate();
    socket.on("error", () => socket.destroy());
    const lines = raw.toString("base64").match(/.{1,64}/g) ?? [];
    const certificate = ["-----BEGIN CERTIFICATE-----", ...lines, "-----END CERTIFICATE-----", ""].join("\n");
    return { server: chunk.toString().trimEnd(), certificate, socket };
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

/** The certificate that is shown to who asks for a host, or for none. */
export async function shownTo(port: number, host?: string): Promise<string> {
  const { certificate, socket } = await openTls(port, host);
  socket.destroy();
  return certificate;
}
