import { decode, parseKey, proxiesPrefix, proxyRecordSchema } from "@fairway/contract";
import type { Stored } from "@fairway/registry";
import { z } from "zod";
import { ageOf, type Kind, readBelow, some } from "./kind.ts";

const proxySchema = proxyRecordSchema.omit({ v: true }).extend({
  name: z.string().describe("node/proxy"),
  node: z.string(),
  proxy: z.string(),
});

/** A proxy as its agent tells of it. */
export type ProxyItem = z.output<typeof proxySchema>;

/** The proxies whose agents are connected with the registry. */
export const proxies: Kind<ProxyItem> = {
  prefixes: [proxiesPrefix],
  schema: proxySchema,
  read: (stored) => readBelow(stored, proxiesPrefix, readProxy),
  alsoCalled: ({ node, proxy }) => [node, proxy],
  columns: [
    { title: "PROXY", text: ({ name }) => name },
    { title: "LISTENERS", text: ({ listeners }) => String(listeners) },
    { title: "READY", text: ({ servers }) => `${servers.ready}/${totalOf(servers)}` },
    { title: "REFUSED", text: ({ rejections }) => String(rejections.count) },
    { title: "APPLIED", text: ({ appliedRevision, appliedAt }) => `${appliedRevision}, ${ageOf(appliedAt)} ago` },
    { title: "HAPROXY", text: ({ haproxy }) => haproxy.version },
    { title: "ERROR", text: ({ lastError }) => lastError ?? "–" },
    {
      title: "SCOPE",
      text: ({ scope, balancer }) => (balancer === undefined ? some(scope) : `LB ${balancer}`),
      isWide: true,
    },
    { title: "VANTAGE", text: ({ vantage }) => vantage.kind, isWide: true },
    { title: "VERSION", text: ({ version }) => version, isWide: true },
  ],
};

function totalOf({ ready, drain, maint }: ProxyItem["servers"]): number {
  return ready + drain + maint;
}

/** Reads a proxy's key and record. */
export function readProxy({ key, value }: Stored): ProxyItem | string {
  const [node = "", proxy = "", more] = parseKey(proxiesPrefix, key);
  if (node === "" || proxy === "" || more !== undefined) return "the key is not that of a proxy";
  const decoded = decode(proxyRecordSchema, value);
  if (!decoded.ok) return decoded.reason;
  const { v: _v, ...record } = decoded.record;
  return { name: `${node}/${proxy}`, node, proxy, ...record };
}
