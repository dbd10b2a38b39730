import {
  decode,
  endpointRecordSchema,
  endpointsPrefix,
  joinKey,
  parseEndpointKey,
  withoutKeys,
} from "@fairway/contract";
import type { Stored } from "@fairway/registry";
import { z } from "zod";
import { ageOf, type Kind, readBelow, some } from "./kind.ts";

const endpointSchema = endpointRecordSchema.omit({ v: true }).extend({
  name: z.string().describe("project/service/container port/node/first twelve digits of the container's id"),
  project: z.string(),
  service: z.string(),
  port: z.int().describe("the container's port"),
  node: z.string(),
});

/** A reachable port of a container. */
export type EndpointItem = z.output<typeof endpointSchema>;

/** What registrars offer to proxies. */
export const endpoints: Kind<EndpointItem> = {
  prefixes: [endpointsPrefix],
  schema: endpointSchema,
  read: (stored) => readBelow(stored, endpointsPrefix, readEndpoint),
  alsoCalled: ({ project, service, container }) => [
    container.name,
    container.id.slice(0, 12),
    container.id,
    service,
    `${project}/${service}`,
    `${project}:${service}`,
  ],
  projectOf: ({ project }) => project,
  columns: [
    { title: "SERVICE", text: ({ project, service }) => `${project}/${service}` },
    { title: "PORT", text: ({ port }) => String(port) },
    { title: "CONTAINER", text: ({ container }) => container.name },
    { title: "NODE", text: ({ node }) => node },
    { title: "STATE", text: ({ state, drained }) => (drained === true ? `${state}, drained` : state) },
    { title: "LISTEN", text: ({ listen, named, claims }) => some(frontsOf({ listen, named, claims })) },
    { title: "AGE", text: ({ container }) => ageOf(container.startedAt ?? container.createdAt) },
    { title: "ADDRESSES", text: ({ addresses }) => some(addresses.map(addressText)), isWide: true },
    { title: "IMAGE", text: ({ container }) => container.image, isWide: true },
    { title: "ID", text: ({ container }) => container.id.slice(0, 12), isWide: true },
  ],
};

/** The front ports that an endpoint asks for: `6379`, `443/ssl`, `443,db.example.com/sni`, `6379@proxy_test`. */
export function frontsOf({
  listen,
  named = [],
  claims,
}: Pick<EndpointItem, "listen" | "named" | "claims">): readonly string[] {
  return [
    ...listen.map(({ port, ssl }) => `${port}${ssl ? "/ssl" : ""}`),
    ...named.flatMap(({ port, as, names }) => names.map((name) => `${port},${name}/${as}`)),
    ...claims.map(({ port, balancer }) => `${port}@${balancer}`),
  ];
}

function addressText(address: EndpointItem["addresses"][number]): string {
  const { ip, port } = address;
  const host = ip.includes(":") ? `[${ip}]` : ip;
  return `${host}:${port}${address.via === "network" ? ` (${address.network})` : ""}`;
}

function readEndpoint({ key, value }: Stored): EndpointItem | string {
  const at = parseEndpointKey(key);
  if (at === undefined) return "the key is not that of an endpoint";
  const decoded = decode(endpointRecordSchema, value);
  if (!decoded.ok) return decoded.reason;
  const { v: _v, ...record } = decoded.record;
  const { project, service, port, node, container12 } = at;
  const name = joinKey(project, service, String(port), node, container12);
  const { settings } = withoutKeys(record.settings);
  return { name, project, service, port, node, ...record, settings };
}
