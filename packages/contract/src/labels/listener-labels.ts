import { checkNames } from "./check.ts";
import { type Label, proxyPrefix } from "./label.ts";

/** Who may connect to a listener, and how often. */
export const admissionLabels: readonly Label[] = [
  {
    name: "ALLOW",
    example: "198.51.100.0/24, 2001:db8::/32",
    about: "a comma list of addresses and networks: nobody else may connect to its listener; `none`: nobody may",
    fallback: "the proxy's `ALLOW`; else everybody may connect",
  },
  {
    name: "DENY",
    example: "203.0.113.9",
    about: "a comma list of addresses and networks that may not connect to its listener, whatever `ALLOW` says",
    fallback: "the proxy's `DENY`",
  },
  {
    name: "ACCEPT_PROXY",
    example: "198.51.100.0/24",
    about:
      "a comma list of addresses and networks whose connections begin with a PROXY header, v1 or v2: clients have the " +
      "address that it tells, for all other settings too",
    fallback: "the proxy's `ACCEPT_PROXY`; else nobody's do",
  },
  {
    name: "RATE",
    example: "20/s per source",
    about:
      "so many connections a second (`/s`) or a minute (`/m`) each source gets from its listener on one proxy, an IPv4 " +
      "address or a /64 of IPv6; those beyond it are refused and do not count",
    fallback: "the proxy's `RATE`; else no limit",
  },
  {
    name: "CONNECTIONS",
    example: "10 per source",
    about: "so many connections at a time each source has with its listener on one proxy; more are refused",
    fallback: "the proxy's `CONNECTIONS`; else no limit",
  },
].map(({ name, ...label }) => {
  return { ...label, name: proxyPrefix + name, actsOn: "listener", status: "built", isHarmless: true, isPerPort: true };
});

/** Settings of a listener: those of all containers behind its front port together. */
export const listenerLabels: readonly Label[] = [
  {
    name: "CHECK",
    example: "redis-primary",
    about:
      `how all servers of its listener are checked: one of ${checkNames.map((name) => `\`${name}\``).join(", ")} ([databases.md](databases.md)). ` +
      "It counts before `aliyun.probe.url` and `HEALTH_CHECK`. With `redis-primary` or `postgres-primary` the server that is the " +
      "primary now serves alone, with `redis-replica` or `postgres-replica` those that are replicas. A container that asks for any other is not served",
    fallback: "`aliyun.probe.url`, `HEALTH_CHECK`",
  },
  {
    name: "STICKY",
    example: "source",
    about:
      "`source`: each client goes to one server of its listener, the same on every proxy, by its IPv4 address or its " +
      "/64 of IPv6; it counts before `BALANCE`. One server more or less moves only that one's share of the clients",
    fallback: "`BALANCE` decides, else the proxy's `STICKY`",
  },
  {
    name: "LOCALITY",
    example: "node",
    about:
      "`node` or `zone`: proxies prefer servers of their node, or its `ZONE`; others take what these refuse or cannot hold",
    fallback: "the proxy's `LOCALITY`; else servers are alike, wherever they are",
  },
  {
    name: "BALANCE",
    example: "leastconn",
    about:
      "how its listener chooses a server: `roundrobin`, `leastconn`, `source`, `first`, `random` or `random(2)`. " +
      "With `source` one server more or less moves only that one's share of the clients",
    fallback: "the proxy's `BALANCE`",
  },
  {
    name: "IDLE",
    example: "10m",
    about: "how long an established connection may be silent, both ways; it counts before `TIMEOUT`'s `tunnel`",
    fallback: "`tunnel` of `TIMEOUT`, else the proxy's `IDLE`; without it `client` and `server`, 1 h each",
  },
  {
    name: "TIMEOUT",
    example: "client 8h, server 8h",
    about: "a comma list of time-outs of its listener, in HAProxy's words",
    fallback: "the proxy's `TIMEOUT`",
  },
  {
    name: "OPTION",
    example: "redispatch 1, tcplog",
    about: "a comma list of options of its listener, in HAProxy's words",
    fallback: "the proxy's `OPTION`",
  },
  {
    name: "EXTRA_SETTINGS",
    example: "maxconn 100, retries 3",
    about: "a comma list of further lines of its listener, in HAProxy's words",
    fallback: "",
  },
].map(({ name, ...label }) => {
  return {
    ...label,
    name: proxyPrefix + name,
    actsOn: "listener",
    status: "built",
    isHarmless: false,
    isPerPort: true,
  };
});
