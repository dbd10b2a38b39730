import { parseEndpointKey } from "@fairway/contract";
import { readAsked, type Stored } from "@fairway/registry";
import type { ListenerFacts } from "../../proxy-agent/src/desired/desired.ts";
import { RegistryCache } from "../../proxy-agent/src/registry/cache.ts";
import { desiredStateOf } from "../../proxy-agent/test/facts.ts";
import { endpointsOf } from "../../registrar/src/endpoints/endpoints-of.ts";
import { endpointRecords } from "../../registrar/src/containers/records.ts";
import { aContainer } from "../../registrar/test/a-container.ts";

/** When a plan is made, and the node that it is for. */
export const nowMs = Date.parse("2026-11-29T12:00:00.000Z");
export const node = { name: "node-1", address: "198.18.0.11", isRootless: false, projects: ["*"] };

/** A service, in few words. */
export type Asked = {
  readonly service: string;
  readonly ports: string;
  readonly settings: Readonly<Record<string, string>>;
  readonly isPublished: boolean;
};

/** A proxy by its name, and what its listeners are made of. */
export type Proxy = { readonly name: string; readonly facts: ListenerFacts };

/** What then happens: the registrar reads the containers that Docker made, its records come one by one, the agent decides. */
export function happens(asked: readonly Asked[], project: string, { facts: of }: Proxy, stored: readonly Stored[]) {
  const cache = new RegistryCache();
  const watched = [...of.ownership.scope, "claims/", "nodes/"];
  const inScope = stored.filter(({ key }) => watched.some((prefix) => key.startsWith(prefix)));
  let revision = stored.reduce((most, each) => (each.modRevision > most ? each.modRevision : most), 0n);
  cache.onEvent({ type: "listed", listing: { revision, stored: inScope } }, 0);
  let now = 20_000;
  const desired = desiredStateOf(cache, { facts: of, ownAddresses: () => undefined, now: () => now });
  desired.take();
  const refused: string[] = [];
  const claimed = new Set(stored.map(({ key }) => key));
  for (const [at, { service, ports, settings, isPublished }] of asked.entries()) {
    let container = aContainer()
      .named(`${project}-${service}-1`)
      .serving(ports)
      .on("default", `172.20.0.${at + 2}`);
    container = container.label("com.docker.compose.project", project).label("com.docker.compose.service", service);
    for (const [name, text] of Object.entries(settings)) container = container.label(`aliyun.proxy.${name}`, text);
    if (isPublished) container = container.published(6379, 32768 + at);
    const id = String(at).repeat(64);
    const built = { ...container.build(), id, createdAt: new Date(nowMs + at).toISOString() };
    const read = endpointsOf({ container: built, networkOwner: built, node });
    refused.push(...read.rejections.map(({ severity, code, label }) => `${service} ${severity} ${code} ${label}`));
    const stated = read.endpoints.map((each) => ({ ...each, state: "ready" as const, hasBeenReady: true }));
    for (const [key, value] of endpointRecords(stated, nowMs)) {
      revision += 1n;
      const put = (each: string, text: string) =>
        ({
          type: "put",
          stored: { key: each, value: text, createRevision: revision, modRevision: revision, lease: undefined },
        }) as const;
      const claims = (readAsked({ key, value })?.claims ?? []).filter((claim) => !claimed.has(claim));
      for (const claim of claims) claimed.add(claim);
      const claim = JSON.stringify({ v: 1, claimedAt: new Date(nowMs).toISOString(), by: "node-1" });
      const changes = [...claims.map((each) => put(each, claim)), put(key, value)];
      const seen = changes.filter((each) => watched.some((prefix) => each.stored.key.startsWith(prefix)));
      cache.onEvent({ type: "changed", revision, changes: seen }, now);
      now += 100;
      desired.take();
    }
  }
  now += 60_000;
  const listeners = desired.take()?.desired.listeners ?? [];
  return { refused, served: servedIn(desired, listeners), rejections: desired.rejections() };
}

type Listeners =
  ReturnType<typeof desiredStateOf> extends { take(): infer W }
    ? NonNullable<W> extends { desired: { listeners: infer L } }
      ? L
      : never
    : never;

function servedIn(desired: ReturnType<typeof desiredStateOf>, listeners: Listeners): readonly string[] {
  return listeners.flatMap(({ port, servers, settings }) => {
    const lines = (settings.lines ?? []).filter(({ from }) => from.settings.length > 0).map(({ text }) => text);
    const owner = desired.ownerOf(port);
    return servers.flatMap(({ endpoint }) => {
      const at = parseEndpointKey(endpoint);
      const lists = (settings.lists ?? []).length;
      return at?.project === "shop" && at.node === "node-1"
        ? [`${at.service} ${port} ${owner?.project} ${owner?.by} ${lists} ${lines.join("; ")}`]
        : [];
    });
  });
}
