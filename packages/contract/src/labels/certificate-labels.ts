import { createHash } from "node:crypto";
import { pemOf, readCertificate, type CertificateOutcome } from "../certificate.ts";
import { splitSettingName } from "./port-settings.ts";
import { refuseLabel } from "./label-rejection.ts";
import type { LabelOutcome } from "./share.ts";

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
  return readCertificate(name, [pemOf(text)]);
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

/** Settings that hold no key, and what of the certificates in them is not used, one line each. */
export type KeylessSettings = {
  readonly settings: Readonly<Record<string, string>>;
  readonly certificateProblems?: string[];
};

/** The settings of a record, with an id in place of each certificate that is taken, and without all others. */
export function withoutKeys(
  settings: Readonly<Record<string, string>>,
  take: TakeCertificate = (text) => ({ ok: true, id: certificateId(text) }),
): KeylessSettings {
  const held = Object.keys(settings).filter(isCertificateSetting);
  if (held.length === 0) return { settings };
  const keyless: Record<string, string> = { ...settings };
  const certificateProblems: string[] = [];
  for (const name of held) {
    const taken = take(settings[name] ?? "");
    delete keyless[name];
    if (taken.ok) keyless[name] = taken.id;
    else certificateProblems.push(`${name} has no effect: ${taken.reason}`);
  }
  return certificateProblems.length === 0 ? { settings: keyless } : { settings: keyless, certificateProblems };
}

function refuse(name: string, reason: string): CertificateOutcome {
  return { ok: false, name, reason };
}
