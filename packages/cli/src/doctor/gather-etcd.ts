import { X509Certificate } from "node:crypto";
import { reasonOf } from "@fairway/contract";
import type { RegistryAccess } from "@fairway/registry";
import { askHttp } from "../agents/ask-http.ts";
import type { EitherAnswer, CertificateEnd, MemberFigures } from "./gathered.ts";

/** Asks each member of etcd that is known for its health and its figures. */
export function askMembers({ endpoints, ca, cert, key }: RegistryAccess) {
  return Promise.all(
    endpoints.map(async (member) => {
      const ask = (path: string) => askHttp({ url: new URL(path, member), tls: { ca, cert, key } });
      try {
        const [metrics, health] = await Promise.all([ask("/metrics"), ask("/health")]);
        return { member, facts: readMember(metrics, health) };
      } catch (error) {
        return { member, facts: { ok: false, reason: reasonOf(error) } as const };
      }
    }),
  );
}

/** Reads what a member of etcd answers at /metrics and /health. */
export function readMember(metrics: string, health: string): EitherAnswer<MemberFigures> {
  const number = (name: string) =>
    Number(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, "m").exec(metrics)?.[1] ?? NaN);
  const size = number("etcd_mvcc_db_total_size_in_bytes");
  if (Number.isNaN(size)) return { ok: false, reason: "/metrics has no figures of etcd" };
  const [, isHealthy, reason = "it does not say why"] =
    /"health":\s*"?(true|false)"?(?:.*"reason":\s*"([^"]*)")?/.exec(health) ?? [];
  const compacted = Math.max(0, number("etcd_debugging_mvcc_compact_revision"));
  const history = number("etcd_debugging_mvcc_current_revision") - compacted;
  const answer = {
    version: /^etcd_server_version\{[^}]*server_version="([^"]+)"/m.exec(metrics)?.[1] ?? "",
    hasLeader: number("etcd_server_has_leader") !== 0,
    trouble: isHealthy === "true" ? "" : reason,
    quota: number("etcd_server_quota_backend_bytes") || 0,
    size,
    inUse: number("etcd_mvcc_db_total_size_in_use_in_bytes") || size,
    history: Number.isNaN(history) ? 0 : history,
  };
  return { ok: true, answer };
}

/** The ends of the certificates that this command has for etcd. */
export function certificatesFor({ ca, cert }: RegistryAccess): readonly CertificateEnd[] {
  const files = { ETCD_CA_FILE: ca, ETCD_CERT_FILE: cert };
  return Object.entries(files).flatMap(([where, text = ""]) => {
    const blocks = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
    return blocks.map((block) => ({ where, endsAtMs: Date.parse(new X509Certificate(block).validTo) }));
  });
}
