import { endpointKey } from "@fairway/contract";
import { type OwnNode } from "@fairway/registry";

/** A node record's own part, for a node of a name. */
export function ownNode(node: string, facts: Partial<OwnNode> = {}): OwnNode {
  return { node, address: "198.18.0.11", zone: "", version: "0.1.0", engineId: "E1", bootId: "B1", ...facts };
}

/** Endpoints of a node by number, each with the value that is told of. */
export function endpoints(node: string, count: number, value = "v0"): ReadonlyMap<string, string> {
  return new Map(Array.from({ length: count }, (_, at) => [endpointAt(node, at), value]));
}

/** The key of a node's endpoint of a number; ten endpoints to a service. */
export function endpointAt(node: string, at: number): string {
  const container12 = at.toString(16).padStart(12, "0");
  return endpointKey({ project: "shop", service: `web-${Math.floor(at / 10)}`, port: 80, node, container12 });
}
