import { isCertificateSetting, type TakeCertificate } from "@fairway/contract";

/** Who keeps the certificates of labels, as the cache and its snapshot must not hold a key. */
export type CertificateKeeper = {
  readonly take: TakeCertificate;
  /** Whether it has the one of this id. */
  readonly has: (id: string) => boolean;
};

type Seen = {
  readonly settings?: Readonly<Record<string, string>> | undefined;
  readonly certificateProblems?: Readonly<Record<string, string>> | undefined;
  readonly modRevision: bigint;
};

/**
 * An endpoint of a snapshot. One with a certificate that is not at hand is without it, and as one with a certificate that
 * was not taken it is of no revision: its record is taken in again once it is listed.
 */
export function restored<T extends Seen>(endpoint: T, keeper: CertificateKeeper | undefined): T {
  const { settings = {}, certificateProblems = {} } = endpoint;
  const lost = Object.keys(settings).filter((name) => {
    return isCertificateSetting(name) && !(keeper?.has(settings[name] ?? "") ?? false);
  });
  if (lost.length + Object.keys(certificateProblems).length === 0) return endpoint;
  const kept = Object.entries(settings).filter(([name]) => !lost.includes(name));
  const problems = Object.fromEntries(lost.map((name) => [name, "its record is yet to be read again"]));
  return {
    ...endpoint,
    settings: Object.fromEntries(kept),
    certificateProblems: { ...certificateProblems, ...problems },
    modRevision: 0n,
  };
}

/** The ids of endpoints' certificates. */
export function* certificateIdsIn(endpoints: Iterable<Pick<Seen, "settings">>): Iterable<string> {
  for (const { settings = {} } of endpoints) {
    for (const name in settings) if (isCertificateSetting(name)) yield settings[name] ?? "";
  }
}
