import { dirname } from "node:path";
import {
  defaultTimeouts,
  hostPortsKey,
  hostPortsPrefixOf,
  ordinaryProxies,
  plainIp,
  serviceDefaultsOf,
  type AgentSettings,
} from "@fairway/contract";
import { closedPort } from "@fairway/haproxy";
import { portsIn, type Identity } from "../registry/addon.ts";
import { type NamedBy, type NodeName, nodeNameOf } from "../registry/node-name.ts";
import type { ListenerFacts } from "../desired/desired.ts";
import { statePaths } from "../files/state-dir.ts";
import { readVantage, type Vantage } from "../desired/vantage.ts";
import type { ProxySettings } from "./sections.ts";
import { balancerScopeOf, scopeOf, withRejections, type Scope } from "../registry/scope.ts";

/** What is known of the machine before anything is decided. */
export type Machine = {
  /** The node that it is, where neither NODE_NAME nor the addon says so. */
  readonly node: Pick<NodeName, "name" | "found">;
  readonly hasIPv6: boolean;
  /** Of its interfaces. */
  readonly addresses: ReadonlySet<string>;
  /** The one that it sends from by default; undefined: it has no route. */
  readonly localAddress?: string | undefined;
  /** The first twelve digits of the container that this is; undefined: it is none. */
  readonly container12?: string | undefined;
  /** Path of HAProxy's admin stats socket. */
  readonly socket: string;
};

/** The settings as the deciding parts take them. */
export type AgentConfig = NamedBy & {
  readonly proxyName: string;
  readonly scope: Scope;
  readonly facts: ListenerFacts;
  readonly proxy: ProxySettings;
};

/** The project of containers without one. */
const noProject = "_";

/** Puts settings, machine and what the addon says of this proxy together; settings win. Pure. */
export function configOf(settings: AgentSettings, machine: Machine, identity?: Identity): AgentConfig {
  const named = nodeNameOf({ setting: settings.nodeName, addon: identity?.node, machine: machine.node });
  const { node } = named;
  const addresses = boundAddresses(settings.bindAddress, machine.hasIPv6);
  const project = settings.project ?? identity?.project ?? noProject;
  const vantage = vantageOf(settings.vantage, node, identity);
  const ownHostPorts = ownHostPortsOf(node, machine, identity);
  const hostPorts = vantage.kind === "node" ? hostPortsPrefixOf(node) : ownHostPorts;
  const { balancer = ordinaryProxies } = settings;
  const isOrdinary = balancer === ordinaryProxies;
  const asked = isOrdinary ? scopeOf(project, settings.scope, hostPorts) : balancerScopeOf(balancer, hostPorts);
  const scope = vantage.kind === "node" ? withRejections(asked, node) : asked;
  return {
    ...named,
    proxyName: settings.proxyName ?? identity?.proxy ?? "proxy",
    scope,
    facts: {
      vantage,
      here: {
        addresses: machine.addresses,
        nodeAddress: undefined,
        localAddress: machine.localAddress,
        published: identity?.published ?? [],
        hostPortsKey: ownHostPorts,
        hostAddresses: new Set(identity?.hostAddresses.map(plainIp)),
      },
      ports: { allowed: settings.listenPorts, reserved: reservedPorts(settings, identity) },
      ownership: {
        balancer,
        project: project === noProject || !isOrdinary ? undefined : project,
        scope: scope.prefixes,
        owners: settings.portOwners,
        ...(settings.nameOwners.length > 0 && { nameOwners: settings.nameOwners }),
        shared: settings.sharedPorts,
      },
      addresses,
      bindOptions: bindOptionsOf(settings),
      defaults: serviceDefaultsOf(settings),
      trust: settings.trustedLabels,
      checkOptions: settings.healthCheck,
      serverOptions: serverOptionsOf(settings),
      tls: { ok: false, reason: "certificates have not been read" },
      balance: settings.balance,
      authorities: { ok: false, reason: "authorities have not been read" },
      tunnelTimeout: tunnelTimeoutOf(settings),
      failoverWaitMs: settings.failoverWaitMs,
      maxconn: settings.maxconn,
      checks: checkFilesOf(settings, machine),
    },
    proxy: proxySettingsOf(settings, addresses, machine.socket),
  };
}

function checkFilesOf({ checkSecrets }: AgentSettings, { socket }: Machine): ListenerFacts["checks"] {
  const { logins, rolesSocket } = statePaths(dirname(socket));
  return { logins: checkSecrets === undefined ? undefined : logins, rolesSocket };
}

/** Where a container finds in the registry what it publishes, unless the addon tells it. */
function ownHostPortsOf(node: string, { container12 }: Machine, identity: Identity | undefined): string | undefined {
  return container12 === undefined || identity !== undefined ? undefined : hostPortsKey({ node, container12 });
}

function proxySettingsOf(settings: AgentSettings, addresses: readonly string[], socket: string): ProxySettings {
  const { mode, balance, options, timeouts, maxconn, extraGlobal, extraDefaults, backends } = settings;
  const { rsyslogDestination, connectionLog, statsPort, statsAuth, reloadTimeoutS, tlsOptions, tlsCiphers } = settings;
  const { monitorPort: port, monitorUri: uri, metricsListen } = settings;
  return {
    mode,
    balance,
    options,
    timeouts,
    maxconn,
    extraGlobal,
    extraDefaults,
    backends,
    rsyslogDestination,
    connectionLog,
    statsPort,
    statsAuth,
    metricsListen,
    monitor: port === undefined || uri === undefined ? undefined : { port, uri },
    reloadTimeoutS,
    tlsOptions,
    tlsCiphers,
    socket,
    addresses,
  };
}

/** What TIMEOUT says of silent clients holds for established TLS connections. */
function tunnelTimeoutOf({ timeouts }: AgentSettings): string {
  const named = [...defaultTimeouts, ...timeouts].flatMap((each) => /^client\s+(\S+)$/.exec(each)?.[1] ?? []);
  return named.at(-1) ?? "1h";
}

/** A ramp needs room below the weight: HAProxy's default is 1. */
function serverOptionsOf({ healthCheck, routeSettings, slowStartMs }: AgentSettings): readonly string[] {
  const isWeighted = [...healthCheck, ...routeSettings].includes("weight");
  return slowStartMs === 0 || isWeighted ? routeSettings : [...routeSettings, "weight", "100"];
}

/** A proxy that the addon answers is a container, inside its networks. */
function vantageOf(setting: string | undefined, node: string, identity: Identity | undefined): Vantage {
  if (setting !== undefined || identity === undefined) return readVantage(setting ?? "node", node);
  return { kind: "container", node, networks: identity.networks };
}

/** `*` is every address of the machine: IPv4, and IPv6 where the machine has it. */
function boundAddresses(bindAddress: string, hasIPv6: boolean): readonly string[] {
  if (bindAddress !== "*") return [bindAddress];
  return hasIPv6 ? ["0.0.0.0", "::"] : ["0.0.0.0"];
}

/** No setting opens these to labels. */
function reservedPorts(settings: AgentSettings, identity: Identity | undefined): ListenerFacts["ports"]["reserved"] {
  const { statsPort, monitorPort, metricsListen, adminListen, apiListen, etcdEndpoints } = settings;
  const etcd = etcdEndpoints === undefined ? (identity?.etcdPorts ?? []) : portsIn(etcdEndpoints);
  return [
    { port: statsPort, whose: "this proxy's own STATS_PORT" },
    ...(monitorPort === undefined ? [] : [{ port: monitorPort, whose: "this proxy's own MONITOR_PORT" }]),
    ...(metricsListen === undefined ? [] : [{ port: metricsListen.port, whose: "this proxy's own METRICS_LISTEN" }]),
    { port: closedPort, whose: "where connections wait for a server: nothing may listen there" },
    { port: adminListen.port, whose: "this proxy's own ADMIN_LISTEN" },
    ...(apiListen === undefined ? [] : [{ port: apiListen.port, whose: "this proxy's own API_LISTEN" }]),
    ...etcd.map((port) => ({ port, whose: "etcd's, as ETCD_ENDPOINTS or the addon says" })),
  ];
}

function bindOptionsOf({ bindOptions }: AgentSettings): ListenerFacts["bindOptions"] {
  const words = new Map<number, readonly string[]>();
  for (const each of bindOptions) words.set(each.port, [...(words.get(each.port) ?? []), ...each.words]);
  return words;
}
