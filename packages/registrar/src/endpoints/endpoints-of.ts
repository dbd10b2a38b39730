import {
  type BalancedPort,
  checkPortsOf,
  cutName,
  hint,
  readLabels,
  refused,
  type Address,
  type EndpointKey,
  type EndpointRecord,
  type FrontPort,
  type LabelRules,
  type NamedPort,
  type Rejection,
  type ServiceName,
  settingsWithin,
  shown,
  withServedCertificates,
} from "@fairway/contract";
import { type Container, container12 } from "../docker/container.ts";
import { addressesOf, type AddressedNode } from "./addresses.ts";
import { withCheckPorts } from "./check-ports.ts";
import { isOneOff } from "./compose-labels.ts";
import { serviceNameOf } from "./service-name.ts";

/** One endpoint: its key, and its record except for what changes while the container runs. */
export type Endpoint = {
  readonly key: EndpointKey;
  readonly record: Omit<EndpointRecord, "state" | "reportedAt">;
};

/** The endpoints that a container's labels ask for, and what of them is rejected. */
export type ContainerEndpoints = {
  readonly name: ServiceName;
  readonly endpoints: readonly Endpoint[];
  /** How long after its start it takes no traffic yet. */
  readonly initialDelayMs: number;
  readonly rejections: readonly Rejection[];
};

/** The node that a container is on. */
export type NamedNode = AddressedNode & {
  readonly name: string;
  /** The projects that its containers may belong to; `*` among them: every project. */
  readonly projects: readonly string[];
  /** What its containers' labels may say. (what any may) */
  readonly rules?: LabelRules;
};

/** What a container's endpoints depend on. */
export type EndpointsQuestion = {
  readonly container: Container;
  /** The container whose network it uses: itself, or the one it joined; undefined when that is gone. */
  readonly networkOwner: Container | undefined;
  readonly node: NamedNode;
};

/** The endpoints of a running container, one for each port that proxies or load balancers are asked for, and everything refused with its reason. */
export function endpointsOf({ container, networkOwner, node }: EndpointsQuestion): ContainerEndpoints {
  const {
    isOptedIn,
    ports,
    named,
    balanced,
    settings,
    initialDelayMs,
    rejections: badLabels,
  } = readLabels(container.labels, node.rules);
  const { name, rejections: badNames } = serviceNameOf(container, node.projects);
  const none = { name, endpoints: [], initialDelayMs };
  if (!isOptedIn && balanced.length === 0) return { ...none, rejections: badLabels };
  const rejections = [...badLabels, ...badNames];
  if (badNames.length > 0) return { ...none, rejections };
  if (isOneOff(container.labels)) return { ...none, rejections: [...rejections, oneOff(name)] };
  if (networkOwner === undefined) return { ...none, rejections: [...rejections, joinedGone(container)] };
  const asked = new Set([...ports.keys(), ...named.keys(), ...balanced.map(({ port }) => port)]);
  const checkPorts = checkPortsOf(settings);
  const served = [...asked]
    .sort((a, b) => a - b)
    .map((port) => {
      const { addresses, rejections: notes } = addressesOf({ networkOwner, port, node });
      return {
        port,
        listen: ports.get(port) ?? [],
        named: named.get(port) ?? [],
        claims: balanced.filter((each) => each.port === port),
        addresses: withCheckPorts(addresses, checkPorts, { networkOwner, port, node }),
        rejections: notes,
      };
    });
  const key = { ...name, node: node.name, container12: container12(container.id) };
  return {
    name,
    endpoints: served
      .filter(({ addresses }) => addresses.length > 0)
      .map((each) => ({ key: { ...key, port: each.port }, record: recordOf(container, { ...each, settings }) })),
    initialDelayMs,
    rejections: [...rejections, ...served.flatMap((each) => each.rejections)],
  };
}

type Served = {
  readonly addresses: readonly Address[];
  readonly listen: readonly FrontPort[];
  readonly named: readonly NamedPort[];
  readonly claims: readonly BalancedPort[];
  readonly settings: EndpointRecord["settings"];
};

function recordOf(container: Container, { addresses, listen, named, claims, settings }: Served): Endpoint["record"] {
  const { id, name, image, createdAt } = container;
  const startedAt = new Date(container.startedAtMs).toISOString();
  return {
    v: 1,
    addresses: [...addresses],
    listen: [...listen],
    ...(named.length > 0 && { named: [...named] }),
    claims: claims.map(({ balancer, frontPort, scheme }) => ({ balancer, port: frontPort, scheme })),
    settings: {
      ...withServedCertificates(settingsWithin(settings, frontPortsOf([...listen, ...named], claims)), listen),
    },
    container: { id, name: cutName(name), image: cutName(image), createdAt, startedAt },
  };
}

function frontPortsOf(
  listen: readonly { readonly port: number }[],
  claims: readonly BalancedPort[],
): ReadonlySet<number> {
  return new Set([...listen.map(({ port }) => port), ...claims.map(({ frontPort }) => frontPort)]);
}

function oneOff({ service }: ServiceName): Rejection {
  const reason = `a one-off container of docker compose run is not one of service ${shown(service)}: it is given no connections`;
  return hint({ code: "one-off", reason });
}

function joinedGone({ networkMode }: Container): Rejection {
  const value = networkMode.kind === "container" ? networkMode.container : "";
  const reason = `the container whose network it uses does not run: ${shown(value.slice(0, 12))}`;
  return refused({ code: "joined-container-gone", value, reason });
}
