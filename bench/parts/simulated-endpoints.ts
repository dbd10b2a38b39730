import { createHash } from "node:crypto";
import { encode, endpointKey, type EndpointRecord } from "@fairway/contract";

/** Endpoints that no container stands behind: records as a registrar would write them. */
export type SimulatedFacts = {
  readonly count: number;
  /** They are spread evenly over so many front ports from `firstPort` up. */
  readonly listeners: number;
  /** Nodes that they run on, `sim-0` and so on. */
  readonly nodes: number;
};

/** One record of a node. */
export type SimulatedRecord = { readonly node: string; readonly key: string; readonly value: string };

/** The lowest front port: the one where a measured endpoint comes and goes. */
export const firstPort = 7000;

/** What an endpoint stands for; `at` numbers it. */
export type EndpointFacts = { readonly at: number; readonly port: number; readonly node: string };

/** Where simulated endpoints are: a range that a node answers for as a whole, and the first of the ports there. */
export const simulatedRange = { network: "198.19.64.0/18", firstPort: 6000, addresses: 16_000 } as const;

/** All records of a crowd. Those on the first port are drained: a connection there shows when a measured one is served. */
export function simulatedRecords({ count, listeners, nodes }: SimulatedFacts): readonly SimulatedRecord[] {
  return Array.from({ length: count }, (_, at) => {
    const facts = { at, port: firstPort + (at % listeners), node: `sim-${at % nodes}` };
    return simulatedRecord(facts, facts.port === firstPort ? "unhealthy" : "ready");
  });
}

/** One endpoint's record, of the size that a registrar's have. */
export function simulatedRecord({ at, port, node }: EndpointFacts, state: EndpointRecord["state"]): SimulatedRecord {
  const id = createHash("sha256").update(`${node} ${at}`).digest("hex");
  const where = { project: "bench", service: `service-${port}`, port: 6379, node, container12: id.slice(0, 12) };
  const record: EndpointRecord = {
    v: 1,
    state,
    addresses: [{ via: "node", ...placeOf(at) }],
    listen: [{ port, ssl: false }],
    claims: [],
    settings: {},
    container: { id, name: `bench_${at}_1`, image: "redis:alpine", createdAt: "2026-01-01T08:00:00.000Z" },
    reportedAt: "2026-01-01T08:00:01.120Z",
  };
  return { node, key: endpointKey(where), value: encode(record) };
}

/** The address of a simulated endpoint. */
export function placeOf(at: number): { readonly ip: string; readonly port: number } {
  const host = (at % simulatedRange.addresses) + 1;
  const port = simulatedRange.firstPort + Math.floor(at / simulatedRange.addresses);
  return { ip: `198.19.${64 + Math.floor(host / 256)}.${host % 256}`, port };
}
