import { byFront, type Front } from "@fairway/contract";
import type { Listing } from "@fairway/registry";
import { RegistryCache } from "../../src/registry/cache.ts";
import { bridge, given, keyOf, type Given } from "../given.ts";

export const db = { project: "shop", service: "db" };
export const one = keyOf(db);
export const graceMs = 600_000;

/** Two endpoints of node-1 in one listener, with their node's record. */
export function pair(): Given {
  return given()
    .service("shop", "db")
    .endpoint()
    .endpoint({ container: "two", addresses: [bridge("172.17.0.3")] });
}

export function cacheOf(records: Given, now = 0): RegistryCache {
  const cache = new RegistryCache();
  cache.onEvent(records.listed(), now);
  return cache;
}

export function reading(records: Given): Listing {
  const event = records.listed();
  return event.type === "listed" ? event.listing : { revision: 0n, stored: [] };
}

/** Keys served on the listener. */
export function served(cache: RegistryCache): readonly string[] {
  return cache.atPort(6379).map(({ endpoint }) => endpoint.key);
}

/** Lets the registry answer what is asked about missing endpoints. */
export function judge(cache: RegistryCache, records: Given, now: number): void {
  cache.settle(cache.missing.due(now), reading(records), { now });
}

/** Front ports that something changes by this. */
export function portsChangedBy(cache: RegistryCache, act: () => void): readonly Front[] {
  cache.takeChanges(0);
  act();
  return Array.from(cache.takeChanges(0).changed, ([port]) => port).toSorted(byFront);
}
