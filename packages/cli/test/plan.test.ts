import assert from "node:assert/strict";
import { parseEndpointKey } from "@fairway/contract";
import type { Stored } from "@fairway/registry";
import fc from "fast-check";
import { proxyRecord as recordOf } from "../../proxy-agent/src/status/proxy-record.ts";
import type { ListenerFacts } from "../../proxy-agent/src/desired/desired.ts";
import { facts } from "../../proxy-agent/test/facts.ts";
import { given } from "../../proxy-agent/test/given.ts";
import { state } from "../../proxy-agent/test/status/a-state.ts";
import { readComposeFile } from "../src/plan/compose-file.ts";
import type { PlanItem } from "../src/plan/plan-item.ts";
import { planOf } from "../src/plan/plan.ts";
import { plannedContainers } from "../src/plan/planned-container.ts";
import { type Asked, happens, node, nowMs, type Proxy } from "./what-happens.ts";

/** Compose's text of services. */
function fileOf(asked: readonly Asked[]): string {
  const services = asked.map(({ service, ports, settings, isPublished }) => [
    `  ${service}:`,
    "    image: redis:alpine",
    ...(isPublished ? ['    ports: ["6379"]'] : []),
    "    labels:",
    '      aliyun.proxy.required: "true"',
    `      aliyun.proxy.TCP_PORTS: ${JSON.stringify(ports)}`,
    ...Object.entries(settings).map(([name, text]) => `      aliyun.proxy.${name}: ${JSON.stringify(text)}`),
  ]);
  return ["services:", ...services.flat()].join("\n");
}

function planFor(
  text: string,
  project: string,
  { proxies, stored }: { proxies: readonly Proxy[]; stored: readonly Stored[] },
) {
  const file = readComposeFile(text, new Map());
  assert.deepEqual(file.remarks, []);
  const containers = plannedContainers([{ ...file, file: "compose.yaml", project }], [], nowMs);
  const planned = proxies.map(({ name, facts: of }) => {
    // By way of its record, as agents write and others read it.
    const record = recordOf(state({ facts: of, vantage: of.vantage, scope: of.ownership.scope }));
    assert.ok(record.rules);
    return { name, record, rules: record.rules };
  });
  return planOf({ containers, node, proxies: planned, stored, nowMs });
}

const portTexts = fc.constantFrom(
  "7000:6379",
  "7001:6379",
  "7000:6379, 7002:6379",
  "7443:6379/ssl",
  "22:6379",
  "99999",
  "7001",
  "1936:6379",
);
const settingsOf = fc.record(
  {
    BALANCE: fc.constantFrom("leastconn", "source", "sideways"),
    MAXCONN: fc.constantFrom("7", "many"),
    SHARE: fc.constantFrom("*", "evil"),
    ALLOW: fc.constantFrom("10.0.0.0/8", "nowhere"),
    NOSUCH: fc.constant("x"),
  },
  { requiredKeys: [] },
);
const services = fc.uniqueArray(
  fc.record({
    service: fc.constantFrom("web", "db", "api"),
    ports: portTexts,
    settings: settingsOf,
    isPublished: fc.boolean(),
  }),
  { selector: ({ service }) => service, minLength: 1, maxLength: 3 },
);
const range = fc.constantFrom({ first: 7000, last: 7001 }, { first: 1, last: 65535 });
const proxy = fc.record({
  vantage: fc.constantFrom("node-1", "node-2"),
  project: fc.constantFrom(undefined, "shop", "evil"),
  scope: fc.constantFrom(["endpoints/"], ["endpoints/shop/"], ["endpoints/evil/"]),
  allowed: range,
  owner: fc.constantFrom(undefined, "shop", "evil"),
  shared: fc.constantFrom(undefined, { first: 7001, last: 7001 }),
  isTls: fc.boolean(),
});

function factsOf(of: typeof proxy extends fc.Arbitrary<infer T> ? T : never): ListenerFacts {
  return {
    ...facts,
    vantage: { kind: "node", node: of.vantage, networks: [] },
    here: { ...facts.here, nodeAddress: of.vantage === "node-1" ? "198.18.0.11" : "198.18.0.12" },
    ports: { ...facts.ports, allowed: [of.allowed] },
    ownership: {
      ...facts.ownership,
      project: of.project,
      scope: of.scope,
      owners: of.owner === undefined ? [] : [{ project: of.owner, ports: { first: 7000, last: 7000 } }],
      shared: of.shared === undefined ? [] : [of.shared],
    },
    tls: of.isTls ? { ok: true, bind: ["ssl"] } : facts.tls,
  };
}

const existing = given()
  .node("node-1")
  .node("node-2", { address: "198.18.0.12", engineId: "engine-2", bootId: "boot-2" })
  .claim("shop", 7002)
  .service("evil", "db")
  .endpoint({
    container: "thief",
    node: "node-2",
    listen: [
      { port: 7000, ssl: false },
      { port: 7002, ssl: false },
    ],
  });

describe("fairway plan", () => {
  it("says of ports, owners, refusals and settings of listeners what then happens", () => {
    fc.assert(
      fc.property(services, proxy, fc.boolean(), (asked, of, isTaken) => {
        const stored = isTaken ? existing.stored : existing.stored.filter(({ key }) => key.startsWith("nodes/"));
        const one = { name: "node-1/proxy", facts: factsOf(of) };
        const items = planFor(fileOf(asked), "shop", { proxies: [one], stored });
        const then = happens(asked, "shop", one, stored);
        const by = (prefix: string) => items.filter((item) => item.by.startsWith(prefix));
        const labels = by("registrar").map(
          ({ service, result, code, label }) => `${service} ${result} ${code} ${label ?? ""}`,
        );
        assert.deepEqual(labels.toSorted(), then.refused.toSorted());
        const served = by("proxy").filter(({ result }) => result === "served");
        const lines = served.map((item) => servedLine(item));
        assert.deepEqual(lines.toSorted(), then.served.toSorted());
        const codes = by("proxy")
          .filter(({ result }) => result === "refused")
          .map(({ service, code }) => `${service} ${code}`);
        const refused = then.rejections.filter(
          ({ key, severity }) => severity !== "hint" && key.startsWith("endpoints/shop/"),
        );
        const happened = refused.map(({ key, code }) => `${parseEndpointKey(key)?.service} ${code}`);
        assert.deepEqual([...new Set(codes)].toSorted(), [...new Set(happened)].toSorted());
      }),
      { numRuns: 150 },
    );
  });

  it("names the place of a label that is refused, and what others lose", () => {
    const own = {
      name: "node-1/proxy",
      facts: factsOf({
        vantage: "node-2",
        project: "shop",
        scope: ["endpoints/"],
        allowed: { first: 1, last: 65535 },
        owner: undefined,
        shared: undefined,
        isTls: false,
      }),
    };
    const asked = [{ service: "web", ports: "7000:6379", settings: { BALANCE: "sideways" }, isPublished: true }];
    const items = planFor(fileOf(asked), "shop", { proxies: [own], stored: existing.stored });
    assert.deepEqual(
      items.map(({ name, front, by, result, where, code }) => [name, front, by, result, where, code]),
      [
        ["shop/web", null, "registrar node-1", "refused", "compose.yaml:8:7", "setting-not-valid"],
        ["shop/web", "7000", "proxy node-1/proxy", "served", "compose.yaml:3:5", null],
        ["evil/db", "7000", "proxy node-1/proxy", "displaced", null, "port-owned"],
      ],
    );
  });

  it("says that no proxy is to serve what is in no scope", () => {
    const asked = [{ service: "web", ports: "7000:6379", settings: {}, isPublished: true }];
    const [item] = planFor(fileOf(asked), "shop", { proxies: [], stored: [] });
    assert.deepEqual([item?.result, item?.by], ["nowhere", "nobody"]);
  });

  it("refuses a port that a container of the proxy's node publishes by number", () => {
    const text = `${fileOf([{ service: "web", ports: "7000:6379", settings: {}, isPublished: false }])}\n    ports: ["7000:6379"]`;
    const items = planFor(text, "shop", { proxies: [{ name: "node-1/proxy", facts }], stored: [] });
    assert.deepEqual(
      items.map(({ result, code }) => [result, code]),
      [["refused", "port-published"]],
    );
  });
});

function servedLine({ service, front, owner, ownerBy, settings }: PlanItem): string {
  const isList = (text: string) => /^(allow|deny|rate|connections|accept-proxy)/i.test(text);
  const lines = settings.filter((text) => !isList(text));
  return `${service} ${front} ${owner ?? "undefined"} ${ownerBy ?? "undefined"} ${settings.length - lines.length} ${lines.join("; ")}`;
}
