import { shown } from "../text.ts";

/** What SERVER_TLS asks for; no `name`: the service's own is checked. */
export type ServerTls = { readonly isVerified: boolean; readonly name?: string };

/** What SERVER_TLS says, or why it says nothing. */
export type ServerTlsReading =
  { readonly ok: true; readonly tls: ServerTls } | { readonly ok: false; readonly reason: string };

/** The file of the authorities that servers need a certificate of; not `ok`: why there is none. */
export type ServerAuthorities =
  { readonly ok: true; readonly file: string } | { readonly ok: false; readonly reason: string };

/** Words for a server's line, or why it is not served. */
export type ServerTlsWords =
  | { readonly ok: true; readonly words: readonly string[] }
  | { readonly ok: false; readonly code: string; readonly reason: string };

/** What stands in a record for a SERVER_TLS that nobody can read: its container is served nowhere, above all not in plain. */
export const notValidTls = "not valid";

const allowed = "`verify`, `verify <host name>` or `insecure`";

/** Reads the text of SERVER_TLS. The name goes into haproxy.cfg, so it is a host name and nothing else. */
export function readServerTls(text: string): ServerTlsReading {
  const [mode, name, ...more] = text.trim().split(/ +/);
  const known = mode?.toLowerCase();
  if (known === "insecure" && name === undefined) return { ok: true, tls: { isVerified: false } };
  if (known !== "verify" || more.length > 0) return { ok: false, reason: `it is none of ${allowed}` };
  if (name === undefined) return { ok: true, tls: { isVerified: true } };
  if (isHostName(name)) return { ok: true, tls: { isVerified: true, name } };
  return { ok: false, reason: "what follows verify is no host name: letters, digits, `-` and `_` between dots" };
}

/** What of a proxy and a service TLS towards its servers is made of. */
export type ServerTlsFacts = { readonly service: string; readonly authorities: ServerAuthorities };

const noFacts: ServerTlsFacts = { service: "", authorities: { ok: false, reason: "this proxy trusts no authority" } };

/** A server's words for TLS by SERVER_TLS as its record has it. Its health check, whose words are `check`, uses TLS too. */
export function serverTlsWords(text: string | undefined, check: readonly string[], facts = noFacts): ServerTlsWords {
  if (text === undefined) return { ok: true, words: [] };
  const read = readServerTls(text);
  if (!read.ok) return { ok: false, code: "setting-not-valid", reason: `SERVER_TLS: ${read.reason}` };
  // A check at a port of its own asks something else than the server.
  const isChecked = check.includes("check") && !check.includes("port");
  if (!read.tls.isVerified) return { ok: true, words: ["ssl", "verify", "none", ...(isChecked ? ["check-ssl"] : [])] };
  const { service, authorities } = facts;
  if (!authorities.ok) return { ok: false, code: "no-authority", reason: `SERVER_TLS: ${authorities.reason}` };
  const { name = service } = read.tls;
  if (!isHostName(name)) return { ok: false, code: "setting-not-valid", reason: noName(name) };
  const verified = [
    "ssl",
    "verify",
    "required",
    "ca-file",
    authorities.file,
    "verifyhost",
    name,
    "sni",
    `str(${name})`,
  ];
  return { ok: true, words: [...verified, ...(isChecked ? ["check-ssl", "check-sni", name] : [])] };
}

function noName(service: string): string {
  return `SERVER_TLS: no certificate is for the name of service ${shown(service)}: write "verify <host name>"`;
}

/** Names of certificates are host names; those of services have `_` too. Digits and dots alone are an address. */
function isHostName(name: string): boolean {
  const isName = /^(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*$/i;
  return isName.test(name) && !/^[0-9.]+$/.test(name);
}
