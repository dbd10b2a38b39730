import { breaks, hint, ok, type Said, unasked } from "./finding.ts";
import type { MemberFigures, Gathered } from "./gathered.ts";
import { isOlder } from "./versions.ts";

/** Revisions beyond which a history is one that nobody cuts. */
const longHistory = 1_000_000;
const defaultQuota = 2 * 1024 ** 3;

/** Whether each member answers, and is well. */
export function checkEtcdHealth({ etcd }: Gathered): readonly Said[] {
  return etcd.map(({ member, facts }) => {
    if (!facts.ok)
      return unasked(
        member,
        `it does not answer: ${facts.reason}`,
        "look at its log; a member behind a firewall is to let /health and /metrics through",
      );
    const { hasLeader, trouble } = facts.answer;
    if (trouble !== "") return breaks(member, `it is not healthy: ${trouble}`, adviceFor(trouble));
    if (!hasLeader)
      return breaks(member, "it has no leader", "see that more than half of the members run and reach each other");
    return ok(member, "healthy");
  });
}

function adviceFor(trouble: string): string {
  if (!/nospace/i.test(trouble)) return "look at its log";
  return "compact, defragment, and etcdctl alarm disarm; raise --quota-backend-bytes";
}

/** 3.4 and newer; users need one whose roles hold. */
export function checkEtcdVersion(gathered: Gathered): readonly Said[] {
  return perMember(gathered, (member, { version }) =>
    isOlder(version, "3.4.0") ? breaks(member, `etcd ${version}`, "Fairway needs 3.4 or newer") : ok(member, version),
  );
}

/** At its quota etcd takes no write any more. */
export function checkEtcdQuota(gathered: Gathered): readonly Said[] {
  return perMember(gathered, (member, { quota, size, inUse }) => {
    const most = quota === 0 ? defaultQuota : quota;
    const text = `${megabytes(size)} of ${megabytes(most)}, ${megabytes(inUse)} in use`;
    if (size < 0.8 * most) return ok(member, text);
    const way =
      inUse < 0.5 * size ? "etcdctl defrag gives space back" : "compact and defragment, or raise --quota-backend-bytes";
    return breaks(member, `${text}: when it is full nothing can be written`, way);
  });
}

/** etcd keeps its history for ever unless it is told to compact. */
export function checkCompaction(gathered: Gathered): readonly Said[] {
  return perMember(gathered, (member, { history }) => {
    const text = `${history} revisions are kept`;
    if (history < longHistory) return ok(member, text);
    return hint(member, text, "start it with --auto-compaction-mode=periodic --auto-compaction-retention=1h");
  });
}

function perMember({ etcd }: Gathered, check: (member: string, facts: MemberFigures) => Said): readonly Said[] {
  return etcd.flatMap(({ member, facts }) => (facts.ok ? [check(member, facts.answer)] : []));
}

function megabytes(bytes: number): string {
  return `${(bytes / 1024 ** 2).toFixed(1)} MB`;
}
