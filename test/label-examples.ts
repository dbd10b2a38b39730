/** Where it is seen that the example of a label was accepted, on a container that serves at its port 6379. */
export type Sight = {
  /** Further labels of the container; a TCP_PORTS with a front port of its own is there anyway. */
  readonly beside?: Readonly<Record<string, string>>;
  /** The front port that its labels name. (one of its own) */
  readonly front?: number;
  /** Lines of its listener in haproxy.cfg. */
  readonly lines?: readonly string[];
  /** The words of its server's line there, behind the address. (those of a proxy's HEALTH_CHECK) */
  readonly server?: RegExp;
  /** What HAProxy holds in a list of its listener, which it knows as an `acl` or a `map`. */
  readonly list?: { readonly is: "acl" | "map"; readonly kind: string; readonly entries: readonly string[] };
  /** Whether its record has the setting, as it was written. */
  readonly isSetting: boolean;
  /** The code of the one thing that is told of it. (nothing is) */
  readonly told?: string;
};

/** The words of a server of which nothing is said. */
export const plainServer = /^check inter 2000 rise 2 fall 3$/;

function setting(sight: Omit<Sight, "isSetting"> = {}): Sight {
  return { isSetting: true, ...sight };
}

/** A setting of which the server's line has these words beside its health check. */
function words(text: string): Sight {
  return setting({ server: new RegExp(`^check inter 2000 rise 2 fall 3 ${text}$`) });
}

function without(effect: string): Sight {
  return { isSetting: false, told: effect };
}

function list(is: "acl" | "map", kind: string, ...entries: readonly string[]): Sight {
  return setting({ list: { is, kind, entries } });
}

const http = without("http-not-built");
const own: Sight = { isSetting: false };

/** By the names of the table, without `aliyun.proxy.` where they begin so. */
export const sights: Readonly<Record<string, Sight>> = {
  required: own,
  TCP_PORTS: { ...own, front: 6379 },
  EXCLUDE_PORTS: {
    ...own,
    beside: { "aliyun.proxy.TCP_PORTS": "6380:6379, 9000" },
    front: 6380,
    told: "port-excluded",
  },
  SNI: without("names-without-port"),
  SHARE: setting(),
  "aliyun.lb.port_": own,
  "aliyun.custom_addon": own,
  WEIGHT: words("weight 50"),
  MAXCONN: words("maxconn 1000"),
  HEALTH_CHECK: setting({ server: /^check inter 2s rise 2 fall 3$/ }),
  EXTRA_ROUTE_SETTINGS: words("send-proxy"),
  FAILOVER: words("backup"),
  PROXY: words("send-proxy-v2 check-send-proxy"),
  SLOW_START: setting(),
  DRAIN: setting(),
  SERVER_TLS: words("ssl verify required ca-file \\S+ .*"),
  "aliyun.probe.url": setting({ server: /^check inter 2s rise 2 fall 3$/ }),
  "aliyun.probe.timeout_seconds": setting({
    beside: { "aliyun.probe.url": "tcp://container:6379" },
    server: /^check inter 5s rise 2 fall 3$/,
  }),
  "aliyun.probe.initial_delay_seconds": own,
  "aliyun.probe.cmd": without("probe-cmd"),
  CHECK: setting({ lines: ["option tcp-check", "stick on int(1)"], server: /^check inter 300ms / }),
  STICKY: setting({ lines: ["hash-type consistent"], server: /^id \d+ check / }),
  LOCALITY: setting({ server: / weight 256$/ }),
  BALANCE: setting({ lines: ["balance leastconn"] }),
  IDLE: setting({ lines: ["timeout tunnel 10m"] }),
  TIMEOUT: setting({ lines: ["timeout client 8h", "timeout server 8h"] }),
  OPTION: setting({ lines: ["option redispatch 1", "option tcplog"] }),
  EXTRA_SETTINGS: setting({ lines: ["maxconn 100", "retries 3"] }),
  ALLOW: list("acl", "allow", "198.51.100.0/24", "2001:db8::/32"),
  DENY: list("acl", "deny", "203.0.113.9"),
  ACCEPT_PROXY: list("acl", "accept-proxy", "198.51.100.0/24"),
  RATE: list("map", "rate", "most 20"),
  CONNECTIONS: list("map", "connections", "most 10"),
  SSL_CERT: without("key-in-label"),
  DEFAULT_SSL_CERT: without("key-in-label"),
  VIRTUAL_HOST: http,
  VIRTUAL_HOST_WEIGHT: http,
  APPSESSION: http,
  COOKIE: http,
  EXCLUDE_BASIC_AUTH: http,
  FORCE_SSL: http,
  GZIP_COMPRESSION_TYPE: http,
  HSTS_MAX_AGE: http,
  HTTP_CHECK: http,
  "aliyun.routing.port_": http,
};
