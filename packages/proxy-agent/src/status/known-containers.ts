import {
  byTextsOf,
  decode,
  endpointsPrefix,
  joinKey,
  type JournalMoment,
  nodesPrefix,
  ordinaryProxies,
  parseKey,
  proxiesPrefix,
  proxyRecordSchema,
  rejectionsPrefix,
  rejectionsRecordSchema,
  shown,
  type NodeContainer,
  settingsPrefix,
  type ProxyRecord,
  type RejectionsRecord,
} from "@fairway/contract";
import { readOnce, type Stored, withoutRevisions } from "@fairway/registry";
import {
  decodeEndpoint,
  endpointFor,
  readNode,
  type EndpointInRegistry,
  type SeenEndpoint,
  type SeenNode,
} from "../registry/seen.ts";
import { ServiceSettings } from "../registry/service-settings.ts";

/** What the registry has that can tell why a container is routed or not. Records that cannot be read are left out. */
export type Known = {
  readonly endpoints: readonly SeenEndpoint[];
  /** Keys of those that are MySQL's or MariaDB's by their port or image. */
  readonly mysql: ReadonlySet<string>;
  /** Those that ask for front ports of load balancers, as each of these takes them: by its name, by the record's key. */
  readonly balanced: ReadonlyMap<string, ReadonlyMap<string, SeenEndpoint>>;
  readonly refusals: readonly ContainerRefusals[];
  readonly proxies: readonly { readonly name: string; readonly record: ProxyRecord }[];
  readonly nodes: readonly SeenNode[];
  /** What operators set for services. */
  readonly operator: ServiceSettings;
};

/** What a container's registrar refuses of it or hints at. */
export type ContainerRefusals = {
  readonly node: string;
  readonly container12: string;
  readonly record: RejectionsRecord;
};

/** Where {@link knownOf} looks. */
export const knownPrefixes = [endpointsPrefix, rejectionsPrefix, proxiesPrefix, nodesPrefix, settingsPrefix] as const;

/** Reads a listing of {@link knownPrefixes}. */
export function knownOf(stored: readonly Stored[]): Known {
  const below = (prefix: string) => stored.filter(({ key }) => key.startsWith(prefix));
  const read = below(endpointsPrefix).flatMap(endpointIn);
  return {
    endpoints: read.map(({ ordinary }) => ordinary),
    mysql: new Set(read.flatMap(({ ordinary, isMysql }) => (isMysql ? [ordinary.key] : []))),
    balanced: balancedIn(read.map(({ endpoint }) => endpoint)),
    refusals: below(rejectionsPrefix).flatMap(refusalsIn),
    proxies: below(proxiesPrefix).flatMap(proxyIn),
    operator: operatorIn(below(settingsPrefix)),
    nodes: below(nodesPrefix).flatMap(nodeIn),
  };
}

/** What several proxies knew at a moment: records as they had them are the same ones, so each is read once, in the order of the registry. */
export function knownOfMoments(moments: readonly Pick<JournalMoment, "stored">[]): Known {
  const stored = new Map(moments.flatMap((moment) => moment.stored.map((each) => [each.key, each] as const)));
  return knownOf([...stored.values()].toSorted(byTextsOf(({ key }) => key)).map(withoutRevisions));
}

const endpointIn = readOnce((each) =>
  seenIn(decodeEndpoint(each)).map((endpoint) => ({
    endpoint,
    ordinary: endpointFor(ordinaryProxies, endpoint),
    isMysql: isMysql(endpoint),
  })),
);
const nodeIn = readOnce((each) => seenIn(readNode(each)));

const proxyIn = readOnce(({ key, value }) => {
  const decoded = decode(proxyRecordSchema, value);
  return decoded.ok ? [{ name: parseKey(proxiesPrefix, key).join("/"), record: decoded.record }] : [];
});

function operatorIn(stored: readonly Stored[]): ServiceSettings {
  const operator = new ServiceSettings([]);
  for (const each of stored) operator.put(each);
  return operator;
}

/** Its image may have a registry, folders and a tag. */
function isMysql({ at, record }: EndpointInRegistry): boolean {
  return at.port === 3306 || /(^|\/)(mysql|mariadb|percona)([-:@]|$)/.test(record.container.image);
}

function balancedIn(all: readonly EndpointInRegistry[]): Known["balanced"] {
  const balanced = new Map<string, Map<string, SeenEndpoint>>();
  for (const each of all) {
    for (const name of new Set(each.record.claims.map(({ balancer }) => balancer))) {
      const endpoints = balanced.get(name) ?? new Map<string, SeenEndpoint>();
      endpoints.set(each.key, endpointFor(name, each));
      balanced.set(name, endpoints);
    }
  }
  return balanced;
}

function seenIn<T>(read: { readonly ok: true; readonly seen: T } | { readonly ok: false }): readonly T[] {
  return read.ok ? [read.seen] : [];
}

const refusalsIn = readOnce(({ key, value }): readonly ContainerRefusals[] => {
  const [node = "", container12 = ""] = parseKey(rejectionsPrefix, key);
  const decoded = decode(rejectionsRecordSchema, value);
  return decoded.ok ? [{ node, container12, record: decoded.record }] : [];
});

/** One container as the registry tells of it. Its name, project and service are not safe to show. */
export type KnownContainer = NodeContainer & {
  readonly name: string;
  readonly project: string;
  readonly service: string;
  /** What people may call it: its name, its service, `project/service`, `project:service`. */
  readonly names: readonly string[];
  /** One line, safe to show. */
  readonly title: string;
  readonly refusals: ContainerRefusals | undefined;
  readonly endpoints: readonly SeenEndpoint[];
  /** False: these are not all endpoints that it has. */
  readonly isWhole: boolean;
};

/** Every container of which the registry has an endpoint or a refusal. */
export function containersIn({ endpoints, refusals }: Known): readonly KnownContainer[] {
  const refused = new Map(refusals.map((each) => [containerKey(each), each]));
  const served = new Map<string, SeenEndpoint[]>();
  for (const endpoint of endpoints) {
    const key = containerKey(endpoint.at);
    const others = served.get(key);
    if (others) others.push(endpoint);
    else served.set(key, [endpoint]);
  }
  return [...new Set([...refused.keys(), ...served.keys()])].map((key) =>
    containerOf(refused.get(key), served.get(key) ?? []),
  );
}

/** One text for one container: its id's beginning is unique on its node alone. */
function containerKey({ node, container12 }: NodeContainer): string {
  return joinKey(node, container12);
}

/** By the first of its records: a container of the same records is not put together again. */
const put = new WeakMap<object, KnownContainer>();

function containerOf(refusals: ContainerRefusals | undefined, endpoints: readonly SeenEndpoint[]): KnownContainer {
  const former = put.get(endpoints[0] ?? refusals ?? endpoints);
  const isSame =
    former !== undefined &&
    former.refusals === refusals &&
    former.endpoints.length === endpoints.length &&
    former.endpoints.every((endpoint, at) => endpoint === endpoints[at]);
  const container = isSame ? former : putTogether(refusals, endpoints);
  put.set(endpoints[0] ?? refusals ?? endpoints, container);
  return container;
}

function putTogether(refusals: ContainerRefusals | undefined, endpoints: readonly SeenEndpoint[]): KnownContainer {
  const [first] = endpoints;
  const { node = "", container12 = "" } = first?.at ?? refusals ?? {};
  const { project = "", service = "" } = first?.at ?? refusals?.record ?? {};
  const name = first?.container ?? refusals?.record.container.name ?? "";
  const [id, at, group, part] = [container12, node, project, service].map(shown);
  const title = `${shown(name)} (${id}) on node ${at}: project ${group}, service ${part}`;
  const names = [name, service, `${project}/${service}`, `${project}:${service}`];
  return { node, container12, name, project, service, names, title, refusals, endpoints, isWhole: true };
}
