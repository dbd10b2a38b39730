import { type ServerCertificate, shown } from "@fairway/contract";
import type { SourceReading } from "./certificate-sources.ts";

/** Certificates to serve, the default one first, and what is to be told, one line each. */
export type CertificateChoice = {
  readonly serve: readonly ServerCertificate[];
  readonly problems: readonly string[];
};

/**
 * What is served by what a source holds now and what was served before: a renewal that cannot be read does not take away
 * the certificate that it renews, and the last one never leaves. What has expired is not taken; what expires while it is
 * served stays, as there is nothing better. Certificates of one name are replaced, all others come and go.
 */
export function chooseCertificates(
  reading: SourceReading,
  held: readonly ServerCertificate[],
  nowMs: number,
): CertificateChoice {
  if (!reading.ok) return { serve: held, problems: [`certificates cannot be read: ${reading.reason}${kept(held)}`] };
  const before = new Map(held.map((each) => [each.name, each]));
  const chosen = reading.outcomes.map((outcome): Chosen => {
    const { name } = outcome.ok ? outcome.certificate : outcome;
    const old = before.get(name);
    if (!outcome.ok) return { serve: old, problem: `${shown(name)}: ${outcome.reason}${old ? servedStill : ""}` };
    const { certificate } = outcome;
    if (certificate.expiresAt > nowMs) return { serve: certificate };
    const problem = `${shown(name)}: expired on ${dayOf(certificate.expiresAt)}`;
    return { serve: old, problem: old ? problem + servedStill : problem };
  });
  const serve = chosen.flatMap((each) => each.serve ?? []);
  const problems = chosen.flatMap((each) => each.problem ?? []);
  if (serve.length > 0 || held.length === 0) return { serve: defaultFirst(serve), problems };
  return { serve: held, problems: [...problems, `no certificate is left${kept(held)}`] };
}

type Chosen = { readonly serve: ServerCertificate | undefined; readonly problem?: string };

const servedStill = "; the one that it had is served still";

function kept(held: readonly ServerCertificate[]): string {
  return held.length === 0 ? "" : "; those that were there are served still";
}

/** By name, the one called `default` or DEFAULT_SSL_CERT before all others. */
function defaultFirst(certificates: readonly ServerCertificate[]): readonly ServerCertificate[] {
  const isDefault = ({ name }: ServerCertificate) => /^default(_ssl_cert$|[./])/i.test(name);
  return [...certificates.filter(isDefault), ...certificates.filter((each) => !isDefault(each))];
}

/** How long before its end a certificate is warned of. */
const warnMs = 14 * 24 * 3600 * 1000;

/** What of the served certificates ends soon, one line each. */
export function warnOfEnds(served: readonly ServerCertificate[], nowMs: number): readonly string[] {
  const soon = served.filter(({ expiresAt }) => expiresAt > nowMs && expiresAt - nowMs < warnMs);
  return soon.map(({ name, expiresAt }) => `${shown(name)}: expires on ${dayOf(expiresAt)}`);
}

/** What of the served certificates has expired, one line each. */
export function tellEnded(served: readonly ServerCertificate[], nowMs: number): readonly string[] {
  const ended = served.filter(({ expiresAt }) => expiresAt <= nowMs);
  return ended.map(
    ({ name, expiresAt }) => `${shown(name)}: expired on ${dayOf(expiresAt)}; it is served all the same`,
  );
}

/** The day of a time in ms since 1970. */
export function dayOf(timeMs: number): string {
  return new Date(timeMs).toISOString().slice(0, 10);
}
