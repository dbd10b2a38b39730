import { X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { type AgentSettings, certificatesIn, pemOf } from "@fairway/contract";

/** Where the authorities come from that clients of TLS listeners need a certificate of. */
export type AuthoritiesSource =
  /** CA_CERT_FILE: a path. */
  | { readonly file: string }
  /** CA_CERT: PEM, `\n` in it for a new line. */
  | { readonly text: string }
  /** Clients need none. */
  | undefined;

type Settings = Pick<AgentSettings, "clientAuthoritiesFile" | "clientAuthorities">;

/** The source that the settings name: the file before the text. */
export function authoritiesSourceOf({
  clientAuthoritiesFile: file,
  clientAuthorities: text,
}: Settings): AuthoritiesSource {
  if (file !== undefined) return { file };
  return text === undefined ? undefined : { text };
}

/**
 * PEM of the authorities (undefined: none are asked for), and which of them have expired, one line each: nobody gets in by
 * those. Not `ok`: it cannot be read, one line.
 */
export type AuthoritiesReading =
  | { readonly ok: true; readonly pem: string | undefined; readonly problems: readonly string[] }
  | { readonly ok: false; readonly reason: string };

/** Reads the authorities as they are at a time, ms since 1970. Never rejects. */
export async function readAuthorities(source: AuthoritiesSource, nowMs: number): Promise<AuthoritiesReading> {
  if (source === undefined) return { ok: true, pem: undefined, problems: [] };
  const name = "file" in source ? "CA_CERT_FILE" : "CA_CERT";
  try {
    const text = "file" in source ? await readFile(source.file, "utf8") : pemOf(source.text);
    const blocks = certificatesIn(text);
    if (blocks.length === 0) return { ok: false, reason: `${name}: holds no certificate (PEM)` };
    const certificates = blocks.map((block) => new X509Certificate(block));
    const problems = certificates.flatMap(({ validTo }, index) =>
      Date.parse(validTo) > nowMs ? [] : [`${name}: its certificate number ${index + 1} expired on ${validTo}`],
    );
    return { ok: true, pem: certificates.map(String).join(""), problems };
  } catch {
    return { ok: false, reason: `${name}: cannot be read` };
  }
}
