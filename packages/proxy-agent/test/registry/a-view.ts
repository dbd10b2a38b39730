import type { Listing } from "@fairway/registry";
import type { Touched } from "../../src/registry/endpoint-index.ts";
import { View } from "../../src/registry/view.ts";
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

export function viewOf(records: Given, now = 0): View {
  const view = new View();
  view.fold(records.listed(), now);
  return view;
}

export function reading(records: Given): Listing {
  const event = records.listed();
  return event.type === "listed" ? event.listing : { revision: 0n, stored: [] };
}

/** Keys served on the listener. */
export function served(view: View): readonly string[] {
  return view.slice(6379).endpoints.map(({ endpoint }) => endpoint.key);
}

/** Lets the registry answer what is asked about missing endpoints. */
export function judge(view: View, records: Given, now: number): void {
  view.settle(view.toJudge(now), reading(records), now);
}

export function portsIn(touched: Touched): readonly number[] {
  return Array.from(touched, ([port]) => port).toSorted((a, b) => a - b);
}
