import { createHash } from "node:crypto";
import { mostLabelCertificates } from "../bounds.ts";
import { pemOf, readCertificate, type CertificateOutcome } from "../certificate.ts";
import { splitSettingName } from "./port-settings.ts";
import { type LabelOutcome, refuseLabel } from "./label-rejection.ts";

/**
 * Labels that hold a certificate and its key: taken only where registrars and proxies have `ALLOW_CERT_LABELS=true`. No
 * setting of an operator for a service has these names: its record would hold a key as well.
 */
export const certificateSettingNames = ["DEFAULT_SSL_CERT", "SSL_CERT"] as const;

export type CertificateSettingName = (typeof certificateSettingNames)[number];

/** True for the name of such a setting, also of one for a single port. */
export function isCertificateSetting(written: string): boolean {
  const { name } = splitSettingName(written);
  return certificateSettingNames.some((each) => each === name);
}

/** HAProxy takes longer ones only by a reload, and a label is anybody's. */
const longestPem = 15_000;
/** A chain has a few; each is parsed. */
const mostBlocks = 12;

/** Reads the certificate in the text of a label; what is wrong says nothing of the text. */
export function readLabelledCertificate(name: string, text: string): CertificateOutcome {
  if (text.length > longestPem) return refuse(name, `it has ${text.length} characters: ${longestPem} are allowed`);
  const blocks = text.split("-----BEGIN ").length - 1;
  if (blocks > mostBlocks) return refuse(name, `it holds ${blocks} blocks of PEM: ${mostBlocks} are allowed`);
  const outcome = recall(text);
  return outcome.ok ? { ok: true, certificate: { ...outcome.certificate, name } } : refuse(name, outcome.reason);
}

const mostRemembered = 256;
/** What the newest texts came to, by their ids: a container's labels are read at each look at it. */
const remembered = new Map<string, CertificateOutcome>();

function recall(text: string): CertificateOutcome {
  const id = certificateId(text);
  const outcome = remembered.get(id) ?? readCertificate("", [pemOf(text)]);
  remembered.delete(id);
  remembered.set(id, outcome);
  const [oldest] = remembered.keys();
  if (remembered.size > mostRemembered && oldest !== undefined) remembered.delete(oldest);
  return outcome;
}

/** Reads such a label. What is accepted is PEM and nothing else: of a label that is refused no key comes into a record. */
export function readCertificateLabel(label: string, text: string): LabelOutcome {
  const outcome = readLabelledCertificate(label, text);
  if (outcome.ok) return { accepted: outcome.certificate.pem, rejections: [] };
  const reason = `it has no effect: ${outcome.reason}`;
  return {
    accepted: undefined,
    rejections: [refuseLabel({ code: "setting-not-valid", label, value: text, reason })],
  };
}

/** The certificate in a label as it is named where no key may be, without its text; or why it is not taken. */
export type LabelCertificate =
  { readonly ok: true; readonly id: string } | { readonly ok: false; readonly reason: string };

/** Takes the certificate in the text of a label. */
export type TakeCertificate = (text: string) => LabelCertificate;

/** A name for a certificate by its text, which nobody gets back from it. */
export function certificateId(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** The settings of a record without the certificates that none of its front ports serves: the same object without any. */
export function withServedCertificates(
  settings: Readonly<Record<string, string>>,
  listen: readonly { readonly port: number; readonly ssl: boolean }[],
): Readonly<Record<string, string>> {
  const ports = new Set(listen.flatMap(({ port, ssl }) => (ssl ? [String(port)] : [])));
  const idle = Object.keys(settings).filter((written) => {
    const { port } = splitSettingName(written);
    return isCertificateSetting(written) && (port === undefined ? ports.size === 0 : !ports.has(port));
  });
  if (idle.length === 0) return settings;
  return Object.fromEntries(Object.entries(settings).filter(([written]) => !idle.includes(written)));
}

/** Settings that hold no key, and why certificates in them are not used, by the settings' names. */
export type KeylessSettings = {
  readonly settings: Readonly<Record<string, string>>;
  readonly certificateProblems?: Record<string, string>;
};

/** Why a certificate beyond {@link mostLabelCertificates} is not read. */
export const certificatesTooMany = `${mostLabelCertificates} certificates of a container are taken, and this is one more`;

/**
 * The settings of a record, with an id in place of each certificate that is taken, and without all others: records may be
 * forged, so of many certificates most are not looked at.
 */
export function withoutKeys(
  settings: Readonly<Record<string, string>>,
  take: TakeCertificate = (text) => ({ ok: true, id: certificateId(text) }),
): KeylessSettings {
  const held = Object.keys(settings).filter(isCertificateSetting);
  if (held.length === 0) return { settings };
  const keyless: Record<string, string> = { ...settings };
  const certificateProblems: Record<string, string> = {};
  for (const [at, name] of held.entries()) {
    const taken = at < mostLabelCertificates ? take(settings[name] ?? "") : tooMany;
    delete keyless[name];
    if (taken.ok) keyless[name] = taken.id;
    else certificateProblems[name] = taken.reason;
  }
  const hasProblems = Object.keys(certificateProblems).length > 0;
  return hasProblems ? { settings: keyless, certificateProblems } : { settings: keyless };
}

const tooMany = { ok: false, reason: certificatesTooMany } as const;

function refuse(name: string, reason: string): CertificateOutcome {
  return { ok: false, name, reason };
}
