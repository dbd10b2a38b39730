import type { ProxyRecord } from "@fairway/contract";
import { allRejections, servedListeners, serverCounts, type Picture } from "./picture.ts";

/** Rejections that the record tells in full; all are counted. */
const mostTold = 10;

/** `proxies/<node>/<proxy>`: counts, not lists. */
export function proxyRecord(picture: Picture): ProxyRecord {
  const { version, scope, vantage, haproxy, lastError } = picture;
  const rejections = allRejections(picture);
  return {
    v: 1,
    version,
    scope: [...scope],
    vantage: { node: vantage.node, kind: vantage.kind, networks: vantage.networks.map((network) => ({ ...network })) },
    appliedRevision: picture.appliedRevision.toString(),
    appliedAt: picture.appliedAt,
    listeners: servedListeners(picture).length,
    servers: serverCounts(picture),
    rejections: {
      count: rejections.length,
      first: rejections.slice(0, mostTold).map(({ code, key, reason }) => ({ code, key, reason })),
    },
    haproxy: { version: haproxy?.version ?? "", pid: haproxy?.pid ?? 0 },
    lastError: lastError ?? null,
  };
}

/** True when a record tells of an error or rejection that the one before did not: it is written at once. */
export function isNews(before: ProxyRecord | undefined, now: ProxyRecord): boolean {
  if (before === undefined) return true;
  if (now.lastError !== null && now.lastError !== before.lastError) return true;
  if (now.rejections.count > before.rejections.count) return true;
  const known = new Set(before.rejections.first.map(({ code, key }) => `${code} ${key}`));
  return now.rejections.first.some(({ code, key }) => !known.has(`${code} ${key}`));
}
