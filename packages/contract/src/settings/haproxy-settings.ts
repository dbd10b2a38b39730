import {
  backendName,
  bindOptions,
  haproxyText,
  logTarget,
  monitorUri,
  serverOptions,
  userAndPassword,
} from "./agent-grammars.ts";
import * as grammar from "./grammars.ts";
import { family, list, optional, setting } from "./setting.ts";

/**
 * A crashed container is a black hole: a retry goes to another server each time (`redispatch 1`), after a connect
 * time-out that delays nobody noticeably. An idle connection to a database may last an hour. What OPTION and TIMEOUT do
 * not name stays. Where servers have a `maxconn`, a connection may wait longer for its turn than for an answer.
 */
export const defaultOptions: readonly string[] = ["redispatch 1"];
export const defaultTimeouts: readonly string[] = ["connect 200ms", "client 1h", "server 1h", "queue 30s"];

/** Settings that become text of haproxy.cfg. What they mean is HAProxy's manual; units are HAProxy's. */
export const haproxySettings = {
  mode: setting({
    name: "MODE",
    actsOn: "listener",
    schema: grammar.oneOf("tcp", "http"),
    fallback: "tcp",
    about: "`mode` of HAProxy's `defaults`; listeners of TCP_PORTS are always tcp.",
  }),
  balance: setting({
    name: "BALANCE",
    actsOn: "listener",
    isSecret: true,
    schema: haproxyText,
    fallback: "roundrobin",
    about:
      "`balance` of HAProxy's `defaults`. `source` gets `hash-type consistent`, unless EXTRA_DEFAULT_SETTINGS names " +
      "another. With whatever else hashes each new server is a reload, unless that has `hash-type consistent`, and " +
      "with `static-rr`.",
  }),
  options: list({
    name: "OPTION",
    actsOn: "listener",
    isSecret: true,
    item: haproxyText,
    fallback: defaultOptions.join(", "),
    about: "`option` lines of HAProxy's `defaults`; each replaces a built-in one of the same name.",
  }),
  timeouts: list({
    name: "TIMEOUT",
    actsOn: "listener",
    isSecret: true,
    item: haproxyText,
    fallback: defaultTimeouts.join(", "),
    about:
      "`timeout` lines of HAProxy's `defaults`; each replaces a built-in one of the same name. " +
      "`connect` must be longer than a round trip to any node: servers of a node farther than that get no connection, " +
      "though their checks pass. A longer one makes a connection wait longer for each dead server that it meets.",
  }),
  maxconn: setting({
    name: "MAXCONN",
    actsOn: "proxy",
    schema: grammar.wholeNumber(1, 10_000_000),
    fallback: "4096",
    about:
      "Most connections of each listener. The whole proxy may have a quarter more, 256 at most: a listener that is full takes nothing from others.",
  }),
  healthCheck: setting({
    name: "HEALTH_CHECK",
    actsOn: "server",
    isSecret: true,
    schema: serverOptions,
    fallback: "check inter 2000 rise 2 fall 3",
    emptyIsValue: true,
    about:
      "Health check parameters on each server line; set but empty: no check. Every proxy checks every server: see *MySQL and MariaDB* in deploying.md.",
  }),
  routeSettings: setting({
    name: "EXTRA_ROUTE_SETTINGS",
    actsOn: "server",
    isSecret: true,
    schema: serverOptions,
    fallback: "",
    about: "Further parameters on each server line, after the health check.",
  }),
  extraGlobal: list({
    name: "EXTRA_GLOBAL_SETTINGS",
    actsOn: "proxy",
    isSecret: true,
    item: haproxyText,
    about: "Lines added to HAProxy's `global`; `\\,` is a comma inside a line.",
  }),
  extraDefaults: list({
    name: "EXTRA_DEFAULT_SETTINGS",
    actsOn: "listener",
    isSecret: true,
    item: haproxyText,
    about: "Lines added to HAProxy's `defaults`; `\\,` is a comma inside a line.",
  }),
  bindOptions: list({
    name: "EXTRA_BIND_SETTINGS",
    actsOn: "listener",
    isSecret: true,
    item: bindOptions,
    about: "Text added to the `bind` lines of a port, as `port:text`; `\\,` is a comma inside it.",
  }),
  backends: family({
    name: "ADDITIONAL_BACKEND_<NAME>",
    actsOn: "proxy",
    isSecret: true,
    item: haproxyText,
    rest: backendName,
    about:
      "Lines of a further `backend <NAME>` of HAProxy's; `\\,` is a comma inside a line. Only the operator's own text " +
      "leads connections to it, such as a `frontend` that EXTRA_DEFAULT_SETTINGS ends with.",
  }),
  rsyslogDestination: setting({
    name: "RSYSLOG_DESTINATION",
    actsOn: "proxy",
    isSecret: true,
    schema: logTarget,
    fallback: "127.0.0.1",
    about: "Where HAProxy sends its log; left out while the name does not resolve.",
  }),
  connectionLog: setting({
    name: "CONNECTION_LOG",
    actsOn: "proxy",
    schema: grammar.oneOf("off", "on"),
    fallback: "off",
    about:
      "`on` has HAProxy tell the agent of each connection that ended, for `fairway logs` and the count of those that IDLE " +
      "ended. An old worker lasts a second or two longer then.",
  }),
  statsPort: setting({
    name: "STATS_PORT",
    actsOn: "proxy",
    schema: grammar.port,
    fallback: "1936",
    about: "Port of HAProxy's stats page and of its Prometheus exporter (`/metrics`).",
  }),
  metricsListen: optional({
    name: "METRICS_LISTEN",
    actsOn: "proxy",
    schema: grammar.listenAddress,
    fallback: "at STATS_PORT alone",
    about:
      "Where HAProxy's Prometheus exporter answers as well, without a password: `/metrics`; of servers it tells only to who asks for `/metrics?scope=server`.",
  }),
  statsAuth: optional({
    name: "STATS_AUTH",
    actsOn: "proxy",
    isSecret: true,
    hasFile: true,
    schema: userAndPassword,
    fallback: "the stats page answers on loopback alone",
    about: "User and password of the stats page.",
  }),
  monitorPort: optional({
    name: "MONITOR_PORT",
    actsOn: "proxy",
    schema: grammar.port,
    about:
      "Port where HAProxy itself answers MONITOR_URI over HTTP with 200, for the health check of a load balancer before " +
      "the proxies; both or neither.",
  }),
  monitorUri: optional({
    name: "MONITOR_URI",
    actsOn: "proxy",
    schema: monitorUri,
    about: "The path that is answered on MONITOR_PORT; every other one is a 503.",
  }),
  template: optional({
    name: "HAPROXY_TEMPLATE",
    actsOn: "proxy",
    schema: grammar.filePath,
    fallback: "the built-in one",
    about:
      "The mustache template that haproxy.cfg is made by: see [haproxy-template.md](haproxy-template.md). One that is broken, " +
      "or that HAProxy refuses, is told in one line, and the last good one or the built-in one is used.",
  }),
  reloadTimeoutS: setting({
    name: "RELOAD_TIMEOUT",
    actsOn: "proxy",
    schema: grammar.wholeNumber(-1, 31_536_000),
    fallback: "0",
    about:
      "Seconds that connections may go on in an old worker after a reload; 0: as long as they live, -1: not at all. At most 25 old workers are kept: each reload beyond ends the oldest with its connections. The log and `/status` warn from 20 on; `fairway_agent_old_workers_ended_total` counts.",
  }),
} as const;
