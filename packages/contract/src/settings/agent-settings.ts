import {
  addonUrl,
  balancerName,
  bindAddress,
  failoverWait,
  nameOwner,
  portOwner,
  portRange,
  scopeItem,
  sharedPorts,
} from "./agent-grammars.ts";
import { apiSettings } from "./api-settings.ts";
import * as grammar from "./grammars.ts";
import { haproxySettings } from "./haproxy-settings.ts";
import type { SettingValues } from "./read-settings.ts";
import { adminListen, nodeName, registrySettings } from "./registry-settings.ts";
import { serviceDefaults } from "./service-defaults.ts";
import { list, optional, setting } from "./setting.ts";
import { tlsSettings } from "./tls-settings.ts";

/** Every environment variable that the proxy agent reads. */
export const agentSettings = {
  etcdEndpoints: optional({
    name: "ETCD_ENDPOINTS",
    actsOn: "program",
    schema: grammar.etcdEndpoints,
    fallback: "the registrar's addon is asked for the way to etcd",
    about: "Members of etcd. With it the other ETCD_ settings hold; without it all of them come from the addon.",
  }),
  addonUrl: optional({
    name: "ADDON_URL",
    actsOn: "program",
    schema: addonUrl,
    fallback: "http://<default gateway>:7379",
    about: "Where the registrar's addon answers, for a proxy in a container.",
  }),
  ...registrySettings,
  nodeName: nodeName("the addon's word, else the machine's host name"),
  adminListen: adminListen(
    "127.0.0.1:7381",
    "/healthz, /readyz, /metrics, /status and what is below `/v1/` ([fairway.md](fairway.md#other-machines))",
  ),
  ...apiSettings,
  proxyName: optional({
    name: "PROXY_NAME",
    actsOn: "proxy",
    schema: grammar.name,
    fallback: "the container's name by the addon's word, else `proxy`",
    about: "Name of this proxy in the registry; each proxy of a node needs its own.",
  }),
  project: optional({
    name: "COMPOSE_PROJECT_NAME",
    actsOn: "proxy",
    schema: grammar.name,
    fallback: "the container's by the addon's word, else `_`",
    about: "The project that this proxy belongs to; `_`: containers without a project.",
  }),
  balancer: optional({
    name: "LB_NAME",
    actsOn: "proxy",
    schema: balancerName,
    fallback: "it is an ordinary proxy",
    about:
      "This proxy is the load balancer of that name: it serves what labels `aliyun.lb.port_<container port>: tcp://<name>:<front port>` claim there, on every node, and nothing else. Not with ADDITIONAL_SERVICES, PORT_OWNERS, NAME_OWNERS and SHARED_PORTS.",
  }),
  scope: list({
    name: "ADDITIONAL_SERVICES",
    actsOn: "proxy",
    item: scopeItem,
    about: "What to serve beside the own project: `*` for everything, or a comma list of `project:service`.",
  }),
  vantage: optional({
    name: "VANTAGE",
    actsOn: "proxy",
    schema: grammar.line,
    fallback: "the container's networks by the addon's word, else `node`",
    about:
      "Where the proxy stands: `node` (the node's network namespace), `outside`, or a comma list of the Docker networks it is on, by id or name.",
  }),
  haproxyBin: setting({
    name: "HAPROXY_BIN",
    actsOn: "proxy",
    schema: grammar.filePath,
    fallback: "haproxy",
    about: "HAProxy's program, 2.6 or newer.",
  }),
  stateDir: setting({
    name: "STATE_DIR",
    actsOn: "proxy",
    schema: grammar.filePath,
    fallback: "/var/lib/fairway",
    about: "Directory of haproxy.cfg, HAProxy's sockets and the snapshot of what is known; one agent each.",
  }),
  bindAddress: setting({
    name: "BIND_ADDRESS",
    actsOn: "listener",
    schema: bindAddress,
    fallback: "*",
    about: "Address that listeners are bound to; `*`: every one, IPv4 and IPv6.",
  }),
  listenPorts: list({
    name: "LISTEN_PORTS",
    actsOn: "listener",
    item: portRange,
    fallback: "1-21,23-2374,2381-4788,4790-7378,7382-7945,7947-65535",
    about:
      "Ports that labels may open on this proxy. By default not those of sshd, Docker, etcd, Swarm and Fairway itself; whatever is set, never STATS_PORT, MONITOR_PORT, METRICS_LISTEN, ADMIN_LISTEN, API_LISTEN and the ports of ETCD_ENDPOINTS.",
  }),
  sharedPorts: list({
    name: "SHARED_PORTS",
    actsOn: "listener",
    item: sharedPorts,
    about:
      "Ports on which the endpoints of every project in scope are served together; on any other the port's owner alone is served, and whom its label `SHARE` lets in.",
  }),
  portOwners: list({
    name: "PORT_OWNERS",
    actsOn: "listener",
    item: portOwner,
    about:
      "Projects that own ports on this proxy, whoever claimed them first: `shop:6379, shop:7000-7010`. These ports stay closed to others also while that project has nothing there. Of several items for one port the first counts.",
  }),
  nameOwners: list({
    name: "NAME_OWNERS",
    actsOn: "listener",
    item: nameOwner,
    about:
      "Projects that own names on ports which services share by name ([names.md](names.md)), whoever claimed them first: `shop:*.shop.example.com` is every name below `shop.example.com`. They stay closed to others also while that project has nothing there. Of several items for one name the first counts.",
  }),
  orphanGraceMs: setting({
    name: "ORPHAN_GRACE",
    actsOn: "server",
    schema: grammar.duration(),
    fallback: "10m",
    about: "How long an endpoint whose registrar is gone stays in rotation beside living ones that work.",
  }),
  drainTimeoutMs: setting({
    name: "DRAIN_TIMEOUT",
    actsOn: "server",
    schema: grammar.duration(),
    fallback: "10s",
    about: "How long sessions of a removed server may go on.",
  }),
  failoverWaitMs: setting({
    name: "FAILOVER_WAIT",
    actsOn: "listener",
    schema: failoverWait,
    fallback: "5s",
    about:
      "How long new connections wait while no server has the role that `CHECK` asks for, as after the death of a primary; at most half of MAXCONN of them. 0: they are closed at once.",
  }),
  checkSecrets: optional({
    name: "CHECK_SECRETS",
    actsOn: "server",
    schema: grammar.filePath,
    fallback: "none: checks log in nowhere",
    about:
      "Folder of the passwords by which `CHECK` logs in: the file `<project>/<service>` holds that of this service alone, mode 600. It is followed: see [databases.md](databases.md).",
  }),
  listenerGraceMs: setting({
    name: "LISTENER_GRACE",
    actsOn: "listener",
    schema: grammar.duration(),
    fallback: "10m",
    about:
      "How long a listener stays after its last endpoint left; after each return of one up to eight times as long.",
  }),
  slowStartMs: setting({
    name: "SLOW_START",
    actsOn: "server",
    schema: grammar.duration(),
    fallback: "0",
    about:
      "How long a server that joins others takes to come to its full weight; 0: it has it at once. With a ramp, servers without a `weight` of their own have weight 100, so that there are steps.",
  }),
  stopTimeoutMs: setting({
    name: "STOP_TIMEOUT",
    actsOn: "proxy",
    schema: grammar.duration(),
    fallback: "8s",
    about: "How long connections may go on when `stop` ends HAProxy.",
  }),
  ...haproxySettings,
  ...serviceDefaults,
  ...tlsSettings,
} as const;

/** The proxy agent's settings with their values. */
export type AgentSettings = SettingValues<typeof agentSettings>;
