import { ReadinessGate } from "../../src/containers/readiness-gate.ts";
import { ownNode, ownSockets } from "../a-publisher.ts";

/** The node, and a gate that lets nobody know of its changes. */
export function aGate(signal = new AbortController().signal) {
  const readyTimeoutMs = 30_000;
  const gate = new ReadinessGate({ readyTimeoutMs, earlier: ownSockets, onChange: () => undefined, signal });
  const node = { name: ownNode.node, address: ownNode.address, isRootless: false, projects: ["*"] };
  return { node, readyTimeoutMs, gate };
}
