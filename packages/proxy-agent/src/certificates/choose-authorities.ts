import { X509Certificate } from "node:crypto";
import { certificatesIn, shown } from "@fairway/contract";

/** An authority that servers may have a certificate of. */
export type Authority = {
  readonly pem: string;
  /** SHA-1 in capitals, as HAProxy tells it. */
  readonly fingerprint: string;
  /** Ms since 1970. */
  readonly expiresAt: number;
};

/** The texts of the files in a folder, by name; not `ok`: it cannot be read, which says nothing of what it holds. */
export type FolderReading =
  { readonly ok: true; readonly texts: ReadonlyMap<string, string> } | { readonly ok: false; readonly reason: string };

/** Authorities to trust, each once, and what is to be told, one line each. */
export type AuthorityChoice = { readonly trust: readonly Authority[]; readonly problems: readonly string[] };

/**
 * Whom to trust by what a folder holds now. One that is removed is trusted no more, but for the last of them: a folder
 * that is empty was not mounted. Of a file that cannot be read the others count; expired ones are left out, whatever was
 * trusted before: OpenSSL takes nothing of theirs.
 */
export function chooseAuthorities(
  reading: FolderReading,
  before: readonly Authority[],
  nowMs: number,
): AuthorityChoice {
  const isValid = ({ expiresAt }: Authority) => expiresAt > nowMs;
  const held = before.every(isValid) ? before : before.filter(isValid);
  const kept = held.length === 0 ? "" : "; those that were there are trusted still";
  if (!reading.ok)
    return { trust: held, problems: [`authorities of servers cannot be read: ${reading.reason}${kept}`] };
  const read = [...reading.texts].map(([name, text]) => authoritiesIn(name, text, nowMs));
  const found = read.flatMap(({ authorities }) => authorities);
  const trust = [...new Map(found.map((each) => [each.fingerprint, each])).values()];
  const problems = read.flatMap((each) => each.problems);
  if (trust.length > 0 || held.length === 0) return { trust, problems };
  return { trust: held, problems: [...problems, `no authority of servers is left${kept}`] };
}

type Read = { readonly authorities: readonly Authority[]; readonly problems: readonly string[] };

/** Reads the certificates of one text. */
export function authoritiesIn(name: string, text: string, nowMs: number): Read {
  const outcomes = certificatesIn(text).map((pem, index) => readAuthority(pem, index + 1, nowMs));
  if (outcomes.length === 0) return { authorities: [], problems: [`${shown(name)}: holds no certificate (PEM)`] };
  return {
    authorities: outcomes.flatMap((each) => (typeof each === "string" ? [] : [each])),
    problems: outcomes.flatMap((each) => (typeof each === "string" ? [`${shown(name)}: ${each}`] : [])),
  };
}

function readAuthority(pem: string, number: number, nowMs: number): Authority | string {
  try {
    const certificate = new X509Certificate(pem);
    const expiresAt = Date.parse(certificate.validTo);
    if (expiresAt <= nowMs) return `its certificate number ${number} expired on ${certificate.validTo}`;
    return { pem: certificate.toString().trim(), fingerprint: certificate.fingerprint.replaceAll(":", ""), expiresAt };
  } catch {
    return `its certificate number ${number} cannot be read`;
  }
}
