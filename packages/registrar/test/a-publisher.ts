import { NodePublisher, openRegistry, type OwnNode } from "@fairway/registry";
import { EarlierSockets } from "../src/containers/earlier-sockets.ts";

export const ownNode: OwnNode = {
  node: "node-1",
  address: "198.18.0.11",
  zone: "",
  version: "0.1.0",
  engineId: "E",
  bootId: "B",
};

const ignore = () => undefined;
export const quietLog = { debug: ignore, info: ignore, warn: ignore, error: ignore };

/** A publisher that takes in records and does not run: nothing is written. */
export function aPublisher(): NodePublisher {
  const client = openRegistry({ endpoints: ["http://127.0.0.1:1"], prefix: "/fairway/v1" });
  const { signal } = new AbortController();
  return new NodePublisher({ client, node: ownNode, leaseTtlMs: 15_000, log: quietLog, signal });
}

/** Of nothing that listens on this machine it is known that it did before. */
export const ownSockets = new EarlierSockets({ signal: AbortSignal.abort() });
