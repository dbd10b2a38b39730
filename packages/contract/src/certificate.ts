import { createPrivateKey, X509Certificate, type KeyObject } from "node:crypto";
import { createSecureContext } from "node:tls";

/** A certificate with its private key, fit to be served. */
export type ServerCertificate = {
  /** Where it comes from: a path below CERT_FOLDER, the name of a variable, or whose label it is. */
  readonly name: string;
  /** Certificate, chain, private key; nothing else, no empty line. */
  readonly pem: string;
  /** SHA-1 of the certificate in capitals, as HAProxy tells it. */
  readonly fingerprint: string;
  /** The host names that it is for: HAProxy takes the subject's common name for one too. */
  readonly hosts: readonly string[];
  /** Ms since 1970. */
  readonly expiresAt: number;
};

/** A certificate, or why there is none: one line without the text of a key. */
export type CertificateOutcome =
  | { readonly ok: true; readonly certificate: ServerCertificate }
  | { readonly ok: false; readonly name: string; readonly reason: string };

/**
 * Reads PEM: a certificate, after it those that lead to its authority, and its private key, in one text or several. What
 * stands between the blocks does not count.
 */
export function readCertificate(name: string, texts: readonly string[]): CertificateOutcome {
  const blocks = texts.flatMap((text) => text.match(pemBlock) ?? []).map(tidy);
  const chain = blocks.filter((block) => certificateBlock.test(block));
  const keys = blocks.filter((block) => keyBlock.test(block));
  const [first, key] = [chain[0], keys[0]];
  if (first === undefined) return refuse(name, "holds no certificate (PEM)");
  if (key === undefined) return refuse(name, "holds no private key");
  if (keys.length > 1) return refuse(name, `holds ${keys.length} private keys: one is allowed`);
  const parsed = parse(chain, key);
  if (typeof parsed === "string") return refuse(name, parsed);
  const { certificate, privateKey } = parsed;
  if (!certificate.checkPrivateKey(privateKey)) return refuse(name, "its private key belongs to another certificate");
  const weakness = weaknessOf(chain, key, privateKey);
  if (weakness !== undefined) return refuse(name, weakness);
  return {
    ok: true,
    certificate: {
      name,
      pem: [...chain, key].join("\n"),
      fingerprint: certificate.fingerprint.replaceAll(":", ""),
      hosts: hostsOf(certificate),
      expiresAt: Date.parse(certificate.validTo),
    },
  };
}

/** The text of a setting as PEM: `\n` in it stands for a new line. */
export function pemOf(setting: string): string {
  return setting.replaceAll("\\n", "\n");
}

/** The certificates of a text, each as PEM; what stands between them does not count, nor does a private key. */
export function certificatesIn(text: string): readonly string[] {
  return text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
}

const pemBlock = /-----BEGIN ([A-Z0-9 ]+)-----[^]+?-----END \1-----/g;
const certificateBlock = /^-----BEGIN (TRUSTED )?CERTIFICATE-----/;
const keyBlock = /^-----BEGIN ([A-Z]+ )?PRIVATE KEY-----/;

/** The lines of a block, each without blanks. */
function tidy(block: string): string {
  const lines = block.split("\n").map((line) => line.trim());
  return lines.filter((line) => line !== "").join("\n");
}

type Parsed = { readonly certificate: X509Certificate; readonly privateKey: KeyObject };

/** What OpenSSL has against it is not repeated: it may quote the text. */
function parse(chain: readonly string[], key: string): Parsed | string {
  const certificates = chain.map((block) => attempt(() => new X509Certificate(block)));
  const bad = certificates.indexOf(undefined);
  const [certificate] = certificates;
  if (bad >= 0 || certificate === undefined) return `its certificate number ${bad + 1} cannot be read`;
  const privateKey = attempt(() => createPrivateKey(key));
  return privateKey ? { certificate, privateKey } : "its private key cannot be read, or needs a password";
}

/** The kinds of keys that HAProxy loads. */
const keyKinds: readonly (string | undefined)[] = ["rsa", "rsa-pss", "ec", "ed25519", "ed448"];

/** What HAProxy's OpenSSL does not load; undefined: nothing. One such certificate would fail the reload of all services. */
function weaknessOf(chain: readonly string[], key: string, { asymmetricKeyType }: KeyObject): string | undefined {
  if (!keyKinds.includes(asymmetricKeyType)) return `a key of type ${asymmetricKeyType} is not for TLS`;
  try {
    createSecureContext({ cert: chain.join("\n"), key, ciphers: "DEFAULT@SECLEVEL=2" });
    return undefined;
  } catch (error) {
    // OpenSSL's reason is a constant phrase, as "ee key too small".
    const [, reason = "it is refused"] = /::([a-z ]+)$/.exec((error as Error).message) ?? [];
    return `OpenSSL does not serve it: ${reason}`;
  }
}

function attempt<T>(make: () => T): T | undefined {
  try {
    return make();
  } catch {
    return undefined;
  }
}

function hostsOf({ subjectAltName, subject }: X509Certificate): readonly string[] {
  const names = (subjectAltName ?? "").split(", ").flatMap((each) => /^DNS:(.+)$/.exec(each)?.[1] ?? []);
  const [, common] = /^CN=(.+)$/m.exec(subject) ?? [];
  return common === undefined || names.includes(common) ? names : [...names, common];
}

function refuse(name: string, reason: string): CertificateOutcome {
  return { ok: false, name, reason };
}
