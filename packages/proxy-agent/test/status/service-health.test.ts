import assert from "node:assert/strict";
import type { ServerState } from "@fairway/haproxy";
import { serverNameStart } from "../../src/desired/server-name.ts";
import { RegistryCache } from "../../src/registry/cache.ts";
import { judgeHealth, whyNotServed } from "../../src/status/service-health.ts";
import { desiredStateOf } from "../facts.ts";
import { given, type Given } from "../given.ts";

const at = { project: "shop", service: "db", port: 6379, node: "node-1", container12: "4f5c1b2a9d3e" };

/** What HAProxy says of a server of that endpoint. */
const told = (changed: Partial<ServerState> = {}): ServerState => ({
  listener: 6379,
  name: `${serverNameStart(at)}abc`,
  ip: "172.17.0.2",
  port: 6379,
  isInMaintenance: false,
  isDrained: false,
  weight: 1,
  isUp: true,
  unchangedS: 0,
  ...changed,
});

describe("a service's health", () => {
  const none = (down: number, leaving: number) => {
    return {
      ready: false,
      reason: `none of its servers takes connections: ${down} down, ${leaving} on their way out`,
    } as const;
  };
  for (const [title, states, expected] of [
    ["is good with one server that is up beside one that is down", [told({ isUp: false }), told()], { ready: true }],
    ["is bad while the check of all fails", [told({ isUp: false }), told({ isUp: false })], none(2, 0)],
    ["is bad while all drain, by weight", [told({ weight: 0 })], none(0, 1)],
    ["is bad while all are in maintenance", [told({ isInMaintenance: true, isUp: false })], none(0, 1)],
    ["is not known by servers of another service", [told({ name: "web.node-1.4f5c1b2a9d3e.6379.abc" })], undefined],
    ["is not known without a server", [], undefined],
  ] as const) {
    it(title, () => assert.deepEqual(judgeHealth([{ at }], states), expected));
  }

  /** The answer of a proxy that has listed these records, and has no server of the service. */
  const reasonOf = (records: Given | undefined, service: string) => {
    const cache = new RegistryCache();
    if (records) cache.onEvent(records.listed(), 0);
    const desired = desiredStateOf(cache);
    desired.take();
    const endpoints = [...cache.endpoints.values()].filter((endpoint) => endpoint.at.service === service);
    return whyNotServed({ project: "shop", service }, endpoints, {
      cache,
      desired,
      reconciler: { refusals: [], waiting: [] },
    });
  };
  const db = () => given().service("shop", "db");
  for (const [title, records, service, reason] of [
    ["that the registry was not listed yet", undefined, "db", /^the registry has not been listed yet$/],
    ["that it does not know the service", db().endpoint(), "d", /^this proxy knows no container of service shop\/d$/],
    [
      "that nothing asks for a front port",
      db().endpoint({ listen: [] }),
      "db",
      /^none of its containers asks for a front port of this proxy$/,
    ],
    ["why it is refused", db().endpoint({ node: "far" }), "db", /cannot be reached from node node-1: publish/],
    [
      "that it starts",
      db().endpoint({ state: "starting" }),
      "db",
      /^it has no server yet: its containers are starting/,
    ],
  ] as const) {
    it(`says ${title}`, () => assert.match(reasonOf(records, service), reason));
  }
});
