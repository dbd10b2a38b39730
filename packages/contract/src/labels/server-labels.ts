import { type Label, probePrefix, proxyPrefix } from "./label.ts";

/** Settings of a server: each container's own. */
export const serverLabels: readonly Label[] = rowsOf(
  proxyPrefix,
  [
    {
      name: "WEIGHT",
      example: "50",
      about: "its share of new connections beside the weights of the listener's other servers, 1 to 256",
      fallback: "the proxy's `WEIGHT`: 1, with `SLOW_START` 100",
      isHarmless: true,
    },
    {
      name: "MAXCONN",
      example: "1000",
      about: "its most connections from one proxy at a time; more wait there, `timeout queue` at most",
      fallback: "as many as the proxy takes",
      isHarmless: true,
    },
    {
      name: "HEALTH_CHECK",
      example: "check inter 2s rise 2 fall 3",
      about: "its health check, in HAProxy's words; empty: none",
      fallback: "the proxy's `HEALTH_CHECK`",
      isHarmless: false,
    },
    {
      name: "EXTRA_ROUTE_SETTINGS",
      example: "send-proxy",
      about: "further parameters of its server, in HAProxy's words; the proxy's `weight` stays unless it gives one",
      fallback: "the proxy's `EXTRA_ROUTE_SETTINGS`",
      isHarmless: false,
    },
    {
      name: "FAILOVER",
      example: "true",
      about: "its server is a backup: backups serve, all of them, while no other server is up",
      fallback: "the proxy's `FAILOVER`; else it serves with the others",
      isHarmless: true,
    },
    {
      name: "PROXY",
      example: "v2",
      about:
        "its server is told clients' addresses by the PROXY protocol, `v1` or `v2`, in health checks too: it must read it. `none`: it is not",
      fallback: "the proxy's `PROXY`; else clients have the proxy's address",
      isHarmless: true,
    },
    {
      name: "SLOW_START",
      example: "30s",
      about:
        "how long its server takes to come to its `WEIGHT` when it joins others; 0: it has it at once. It begins with a twentieth of it and grows by whole numbers, at most ten times a second: a small weight has few steps",
      fallback: "the proxy's `SLOW_START`",
      isHarmless: true,
    },
    {
      name: "DRAIN",
      example: "10m",
      about: "how long connections to it may go on once it is gone from the registry: it died, or lost that address",
      fallback: "the proxy's `DRAIN_TIMEOUT`",
      isHarmless: true,
    },
    {
      name: "SERVER_TLS",
      example: "verify",
      about:
        "proxies speak TLS with it, in health checks too. `verify`: its certificate must be for its service's name and of an " +
        "authority in the proxy's `SERVER_CA_FOLDER`; `verify db.example.com`: for that name; `insecure`: whatever certificate it " +
        "has ([tls.md](tls.md))",
      fallback: "plain TCP",
      isHarmless: true,
    },
  ].map((row) => ({ ...row, actsOn: "server", isPerPort: true })),
);

/** The platform's probe of a container. */
export const probeLabels: readonly Label[] = rowsOf(probePrefix, [
  {
    name: "url",
    example: "tcp://container:6379",
    about:
      "proxies check, every 2 s, that this port of the container accepts connections, in place of `HEALTH_CHECK`; " +
      "with `http://container:8080/health` that this page is answered with 2xx or 3xx, where all containers of its listener ask for the same one",
    fallback: "`HEALTH_CHECK`",
    actsOn: "server",
    isHarmless: false,
  },
  {
    name: "timeout_seconds",
    example: "5",
    about: "how long such a check may take; from 2 on it is also the time between two of them",
    fallback: "2",
    actsOn: "server",
    isHarmless: true,
  },
  {
    name: "initial_delay_seconds",
    example: "10",
    about: "so long after its start it takes no traffic, whatever its port or its HEALTHCHECK says",
    fallback: "0",
    actsOn: "container",
    isHarmless: true,
  },
  {
    name: "cmd",
    example: "redis-cli ping",
    about: "reported, without effect (`probe-cmd`): write it as the container's HEALTHCHECK, which does the same",
    fallback: "",
    actsOn: "container",
    isHarmless: false,
  },
]);

function rowsOf(prefix: string, rows: readonly Omit<Label, "status">[]): readonly Label[] {
  return rows.map(({ name, ...row }) => ({ ...row, name: prefix + name, status: "built" }));
}
