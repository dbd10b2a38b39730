import fc from "fast-check";
import type { Address } from "@fairway/contract";
import { bridge, given, published, swarm, type EndpointFacts, type Given } from "./given.ts";
import { anyText } from "../../contract/test/any-text.ts";

/** Text as strangers write it. */
export const strangersText = fc.oneof(
  anyText({ minLength: 1, maxLength: 40 }),
  fc.constantFrom(
    "\n",
    "a\nserver evil 203.0.113.1:1",
    "a;b",
    "#",
    '"',
    "'",
    "\\",
    "\u0000",
    "größe",
    "日本",
    "$HOME",
    "{{x}}",
  ),
  fc.constant("x".repeat(10_000)),
);

const address: fc.Arbitrary<Address> = fc
  .tuple(fc.constantFrom(bridge, swarm, published), fc.integer({ min: 2, max: 9 }), fc.integer({ min: 1, max: 65535 }))
  .map(([make, last, port]) => make(`198.18.0.${last}`, port));

/** An endpoint, whose it is, and whether its project claims its front ports. */
export type AnyEndpoint = Required<Omit<EndpointFacts, "port" | "image">> & {
  readonly project: string;
  readonly service: string;
  readonly isClaiming: boolean;
};

/** Mostly one project that claims what it uses. */
const holding = {
  project: fc.constantFrom("shop", "shop", "bank", "evil"),
  isClaiming: fc.constantFrom(true, true, true, false),
  settings: fc.constantFrom(
    {},
    {},
    { SHARE: "bank" },
    { SHARE: "evil, bank" },
    { SHARE: "*" },
    { BALANCE: "source" },
    { LOCALITY: "node" },
    { LOCALITY: "zone", WEIGHT: "50" },
    { BALANCE: "leastconn", TIMEOUT: "client 1h" },
    { TIMEOUT: "client 2h, server 1h", EXTRA_SETTINGS: "balance first, maxconn 5" },
    { WEIGHT: "5" },
    { WEIGHT: "9", MAXCONN: "5" },
    { MAXCONN: "7" },
  ),
  createdAt: fc.constantFrom("2026-11-22T08:00:00.000Z", "2026-11-22T08:00:01.000Z"),
};

/** One endpoint's facts: few names and ports, so that they collide. */
export const endpointFacts: fc.Arbitrary<AnyEndpoint> = fc.record({
  ...holding,
  service: fc.oneof({ weight: 4, arbitrary: fc.constantFrom("db", "web") }, strangersText),
  node: fc.oneof({ weight: 4, arbitrary: fc.constantFrom("node-1", "node-2") }, strangersText),
  container: fc.oneof({ weight: 4, arbitrary: fc.constantFrom("a", "b", "c", "d") }, strangersText),
  state: fc.constantFrom("starting" as const, "ready" as const, "unhealthy" as const, "draining" as const),
  addresses: fc.array(address, { maxLength: 3 }),
  listen: fc.array(fc.record({ port: fc.constantFrom(80, 1936, 6379, 7000), ssl: fc.boolean() }), { maxLength: 3 }),
});

/** The records of a whole registry. */
export const registry = registryOf(endpointFacts);

function registryOf(endpoints: typeof endpointFacts): fc.Arbitrary<Given> {
  return fc.array(endpoints, { maxLength: 12 }).map((all) => all.reduce(putEndpoint, given()));
}

/** Puts an endpoint, with claims if its project makes them. */
export function putEndpoint(records: Given, { project, service, isClaiming, ...facts }: AnyEndpoint): Given {
  const ofService = isClaiming ? records.service(project, service) : records.of(project, service);
  return ofService.endpoint(facts);
}

/** Endpoints of whom several have the same key, address or front port. */
export const contenders: fc.Arbitrary<AnyEndpoint> = fc.record({
  ...holding,
  service: fc.constantFrom("db", "web"),
  node: fc.constantFrom("node-1", "node-2"),
  container: fc.constantFrom("a", "b"),
  state: fc.constantFrom("starting" as const, "ready" as const, "ready" as const, "draining" as const),
  addresses: fc.array(
    fc
      .tuple(fc.constantFrom(bridge, swarm, published), fc.constantFrom("198.18.0.2", "198.18.0.2", "198.18.0.3"))
      .map(([make, ip]) => make(ip, 6379)),
    { minLength: 1, maxLength: 2 },
  ),
  listen: fc.array(
    fc.record({
      port: fc.constantFrom(6379, 6379, 6379, 80, 80, 1936),
      ssl: fc.constantFrom(false, false, false, true),
    }),
    { minLength: 1, maxLength: 2 },
  ),
});

/** A registry of such endpoints. */
export const contended = registryOf(contenders);
