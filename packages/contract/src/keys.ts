/**
 * Keys of the registry, relative to the prefix (`/fairway/v1`).
 * Project, service, port, node and container stand in the key alone; records never repeat them.
 */

/** Where an endpoint stands: `endpoints/<project>/<service>/<container port>/<node>/<container12>`. */
export type EndpointKey = {
  readonly project: string;
  readonly service: string;
  /** Container port, 1–65535. */
  readonly port: number;
  readonly node: string;
  /** First twelve hex digits of the container's id. */
  readonly container12: string;
};

/** A container by its node and the first twelve hex digits of its id. */
export type NodeContainer = Pick<EndpointKey, "node" | "container12">;

/** A project and a service name: what endpoints group under. */
export type ServiceName = { readonly project: string; readonly service: string };

export const endpointsPrefix = "endpoints/";
export const nodesPrefix = "nodes/";
export const rejectionsPrefix = "rejections/";
export const hostPortsPrefix = "hostports/";
export const proxiesPrefix = "proxies/";
/** What operators set for services. */
export const settingsPrefix = "settings/";
/** What operators keep new connections from. */
export const drainsPrefix = "drains/";
/** Who waits for proxies to tell what they have applied. */
export const waitsPrefix = "waits/";
/** Which services are being rolled out. */
export const rolloutsPrefix = "rollouts/";

const unsafe = /[%/\u0000-\u001f\u007f]/g;

/** Writes a name as one key segment: `%`, `/`, control characters and 0x7f become `%XX`. */
export function escapeSegment(name: string): string {
  return name
    .toWellFormed()
    .replace(unsafe, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`);
}

/** Reads a key segment back; a `%` that {@link escapeSegment} did not write stays as it is. */
export function unescapeSegment(segment: string): string {
  return segment.replace(/%([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

/** Joins names to a key, each escaped. */
export function joinKey(...names: readonly string[]): string {
  return names.map(escapeSegment).join("/");
}

export function endpointKey(key: EndpointKey): string {
  return endpointsPrefix + joinKey(key.project, key.service, String(key.port), key.node, key.container12);
}

/** The endpoints of one service, or of a whole project when no service is named. Ends in `/`. */
export function endpointsPrefixOf(project: string, service?: string): string {
  return `${endpointsPrefix}${service === undefined ? joinKey(project) : joinKey(project, service)}/`;
}

export function nodeKey(node: string): string {
  return nodesPrefix + joinKey(node);
}

export function rejectionsKey(node: string, container12: string): string {
  return rejectionsPrefix + joinKey(node, container12);
}

/** What the registrar of one node refuses. Ends in `/`. */
export function rejectionsPrefixOf(node: string): string {
  return `${rejectionsPrefix}${joinKey(node)}/`;
}

/** The host ports of one container. */
export function hostPortsKey({ node, container12 }: NodeContainer): string {
  return hostPortsPrefix + joinKey(node, container12);
}

/** The host ports of every container of one node. Ends in `/`. */
export function hostPortsPrefixOf(node: string): string {
  return `${hostPortsPrefix}${joinKey(node)}/`;
}

export function proxyKey(node: string, proxy: string): string {
  return proxiesPrefix + joinKey(node, proxy);
}

/** Reads an endpoint's key; undefined when it is not one. */
export function parseEndpointKey(key: string): EndpointKey | undefined {
  const [project, service, port, node, container12, more] = parseKey(endpointsPrefix, key);
  const number = parsePort(port);
  if (!project || !service || !number || !node || !container12 || more !== undefined) return undefined;
  return { project, service, port: number, node, container12 };
}

/** Reads a node record's key to the node's name. */
export function parseNodeKey(key: string): string | undefined {
  const [node, more] = parseKey(nodesPrefix, key);
  return node && more === undefined ? node : undefined;
}

/** Reads the key of a container's host ports. */
export function parseHostPortsKey(key: string): NodeContainer | undefined {
  const [node, container12, more] = parseKey(hostPortsPrefix, key);
  return node && container12 && more === undefined ? { node, container12 } : undefined;
}

/** The settings that an operator gives a service. */
export function settingsKey({ project, service }: ServiceName): string {
  return settingsPrefix + joinKey(project, service);
}

/** Reads the key of an operator's settings. */
export function parseSettingsKey(key: string): ServiceName | undefined {
  const [project, service, more] = parseKey(settingsPrefix, key);
  return project && service && more === undefined ? { project, service } : undefined;
}

/** In place of a container in a drain's key: every one of the node. */
export const wholeNode = "*";

/** An operator's drain of one container, or of a {@link wholeNode}. */
export function drainKey({ node, container12 }: NodeContainer): string {
  return drainsPrefix + joinKey(node, container12);
}

/** The drains of one node. Ends in `/`. */
export function drainsPrefixOf(node: string): string {
  return `${drainsPrefix}${joinKey(node)}/`;
}

/** Reads the key of a drain; undefined where what it names is neither the beginning of an id nor {@link wholeNode}. */
export function parseDrainKey(key: string): NodeContainer | undefined {
  const [node, container12 = "", more] = parseKey(drainsPrefix, key);
  const isDrainable = container12 === wholeNode || /^[0-9a-f]{12}$/.test(container12);
  return node && isDrainable && more === undefined ? { node, container12 } : undefined;
}

/** Somebody's wait for what proxies have applied. */
export function waitKey(id: string): string {
  return waitsPrefix + joinKey(id);
}

/** The mark of whoever rolls out a service on a node's engine. */
export function rolloutKey({ node, project, service }: ServiceName & Pick<EndpointKey, "node">): string {
  return rolloutsPrefix + joinKey(node, project, service);
}

/** Reads a port as keys write it, without leading zeros. */
export function parsePort(text = ""): number | undefined {
  return /^[1-9][0-9]{0,4}$/.test(text) && Number(text) <= 65535 ? Number(text) : undefined;
}

/** The names in a key below a prefix; none in a key that stands elsewhere. */
export function parseKey(prefix: string, key: string): readonly string[] {
  return key.startsWith(prefix) ? key.slice(prefix.length).split("/").map(unescapeSegment) : [];
}

/** `<project>/<service>` of an endpoint, or of settings, escaped as in the key: one name for one service. */
export function serviceIdOf(key: string): string {
  return key.split("/").slice(1, 3).join("/");
}

/** True for a text that may name a load balancer. */
export function isBalancerName(text: string): boolean {
  return text !== "" && !/[*,/]/.test(text);
}
