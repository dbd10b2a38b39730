import { createHash } from "node:crypto";
import { encode, endpointKey, type EndpointRecord } from "@fairway/contract";
import { placeOf, type SimulatedRecord } from "./simulated-endpoints.ts";

/** Front ports: with TLS for one service, and with names, opened here and once a client of PostgreSQL has asked. */
export const namedPorts = { whole: 7000, ssl: 7001, postgres: 7002 } as const;

/** A port with names on it. */
export type NamedWay = "ssl" | "postgres";

const nodes = 10;

/** A name, and what its server says of itself. */
export type NamedServer = { readonly name: string; readonly answer: string };

/** The service with this number. */
export function namedServer(at: number): NamedServer {
  const { ip, port } = placeOf(at);
  return { name: `db${at}.example.com`, answer: `${ip}:${port}` };
}

/** Records of services that have a name each on both ports; the first one has the port without names too. */
export function namedRecords(count: number): readonly SimulatedRecord[] {
  return Array.from({ length: count }, (_, at) => {
    const whole = at === 0 ? [{ port: namedPorts.whole, ssl: true }] : [];
    return recordOf({ at, project: "bench", node: `sim-${at % nodes}` }, ["ssl", "postgres"], whole);
  });
}

/** Nodes that guests come from: each may claim so many names a minute, and each has a project of its own. */
const guestNodes = 8;

/** Their names. */
export const guestNodeNames = Array.from({ length: guestNodes }, (_, n) => `guest-${n}`);

/** The record of a service that comes and goes. */
export function guestRecord(at: number, way: NamedWay): SimulatedRecord {
  const node = `guest-${at % guestNodes}`;
  return recordOf({ at, project: node, node }, [way]);
}

type Service = { readonly at: number; readonly project: string; readonly node: string };

function recordOf(
  { at, project, node }: Service,
  ways: readonly NamedWay[],
  listen: EndpointRecord["listen"] = [],
): SimulatedRecord {
  const id = createHash("sha256").update(`${node} ${at}`).digest("hex");
  const service = `db${at}`;
  const record: EndpointRecord = {
    v: 1,
    state: "ready",
    addresses: [{ via: "node", ...placeOf(at) }],
    listen,
    named: ways.map((as) => ({ port: namedPorts[as], as, names: [namedServer(at).name] })),
    claims: [],
    settings: {},
    container: { id, name: `${project}_${service}_1`, image: "redis:alpine", createdAt: "2026-01-01T08:00:00.000Z" },
    reportedAt: "2026-01-01T08:00:01.120Z",
  };
  const key = endpointKey({ project, service, port: 6379, node, container12: id.slice(0, 12) });
  return { node, key, value: encode(record) };
}
