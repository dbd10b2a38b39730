import { encode, endpointKey, type EndpointRecord } from "@fairway/contract";

/** An endpoint that asks for front ports: its key and record. */
export type Asking = {
  readonly project?: string;
  readonly service?: string;
  readonly node?: string;
  readonly container?: number;
  readonly ports?: readonly number[];
  readonly claims?: EndpointRecord["claims"];
  readonly createdAt?: string;
  readonly state?: EndpointRecord["state"];
};

/** The key of an endpoint and its record. */
export function asking({
  project = "shop",
  service = "db",
  node = "n1",
  container = 1,
  ports = [6379],
  claims = [],
  createdAt = "2026-11-22T08:00:00.000Z",
  state = "ready",
}: Asking = {}): readonly [string, string] {
  const id = container.toString(16).padStart(12, "0");
  const record: EndpointRecord = {
    v: 1,
    state,
    addresses: [],
    listen: ports.map((port) => ({ port, ssl: false })),
    claims: [...claims],
    settings: {},
    container: { id: id.padEnd(64, "0"), name: "c", image: "i", createdAt },
    reportedAt: "2026-11-22T08:00:01.000Z",
  };
  return [endpointKey({ project, service, port: 6379, node, container12: id }), encode(record)];
}
