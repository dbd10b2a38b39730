import { type ActsOn, type Label, type LabelStatus, ownPrefix, proxyPrefix } from "./label.ts";
import { admissionLabels, listenerLabels } from "./listener-labels.ts";
import { splitSettingName } from "./port-settings.ts";
import { probeLabels, serverLabels } from "./server-labels.ts";

export * from "./label.ts";

export const requiredLabel = "aliyun.proxy.required";
export const tcpPortsLabel = "aliyun.proxy.TCP_PORTS";
export const excludePortsLabel = "aliyun.proxy.EXCLUDE_PORTS";
export const sniLabel = "aliyun.proxy.SNI";
export const shareLabel = "aliyun.proxy.SHARE";
export const addonLabel = "aliyun.custom_addon";
export const addonOwnLabel = "fairway.custom_addon";
/** What the names of labels for load balancers begin with; a container port follows. */
export const balancerPrefix = "aliyun.lb.port_";

const builtLabels: readonly Label[] = [
  {
    name: requiredLabel,
    example: "true",
    about: "route this container. Exactly `true`: `yes`, `1` or `True` is not routed, and a hint says so",
    fallback: "not routed",
    actsOn: "container",
    status: "built",
    isHarmless: true,
  },
  {
    name: tcpPortsLabel,
    example: "6379, 8001:80",
    about:
      "a comma list: proxies listen on 6379 for its port 6379, and on 8001 for its port 80. At most 256. " +
      "`8443:80/ssl` opens TLS there ([tls.md](tls.md)), `8443:80/sni` passes it through by name, `5432/postgres` answers PostgreSQL's clients first ([names.md](names.md))",
    fallback: "no port is served",
    actsOn: "container",
    status: "built",
    isHarmless: true,
  },
  {
    name: excludePortsLabel,
    example: "9000",
    about: "container ports that are not served, whatever `TCP_PORTS` says",
    fallback: "",
    actsOn: "container",
    status: "built",
    isHarmless: true,
  },
  {
    name: sniLabel,
    example: "db1.example.com, *.shop.example.com",
    about:
      "a comma list of names by which clients ask for it (TLS SNI) on its ports with `/ssl`, `/sni` or `/postgres`, which other services " +
      "may share by other names; `*`: every name that no other service has. At most 32 ([names.md](names.md))",
    fallback:
      "a port with `/ssl` is its own, whatever name a client asks for; one with `/sni` or `/postgres` is not served",
    actsOn: "listener",
    status: "built",
    isHarmless: true,
    isPerPort: true,
  },
  {
    name: shareLabel,
    example: "shop-green",
    about:
      "a comma list of projects that may use this service's front ports beside its own project; `*`: every project. " +
      "It counts where its project owns the port",
    fallback: "the project that owns a front port alone is served there",
    actsOn: "listener",
    status: "built",
    isHarmless: true,
  },
  {
    name: balancerPrefix,
    example: "tcp://proxy_test:6379",
    about:
      "the container port that the name ends with is served by the proxies with `LB_NAME=proxy_test`, on their port " +
      "6379; it must be published. A comma list asks several. `http://` and `https://` are carried as TCP " +
      "([load-balancers.md](load-balancers.md))",
    fallback: "",
    actsOn: "listener",
    status: "built",
    isHarmless: false,
  },
  {
    name: addonLabel,
    example: "proxy",
    about: "this container is a proxy: the node's registrar tells it its way to etcd ([deploying.md](deploying.md))",
    fallback: "",
    actsOn: "proxy",
    status: "built",
    isHarmless: true,
  },
];

const laterLabels: readonly Label[] = [
  ...later("key-in-label", "listener", {
    SSL_CERT: [
      "<certificate>",
      "certificate and key of its listener, only with `ALLOW_CERT_LABELS=true`; they belong into `CERT_FOLDER` ([tls.md](tls.md))",
    ],
    DEFAULT_SSL_CERT: ["<certificate>", "the same, where no other certificate fits"],
  }),
  ...later("http-not-built", "listener", {
    VIRTUAL_HOST: ["http://a.example.com", "host names and paths by which HTTP requests reach it"],
    VIRTUAL_HOST_WEIGHT: ["1", "which of several matching hosts comes first"],
    APPSESSION: ["<name> len 50 timeout 3h", "keep a client at one server, by the session of an application"],
    COOKIE: ["SRV insert", "keep a client at one server, by a cookie"],
    EXCLUDE_BASIC_AUTH: ["true", "no password asked for, where the proxy asks for one"],
    FORCE_SSL: ["true", "send HTTP requests to HTTPS"],
    GZIP_COMPRESSION_TYPE: ["text/html", "types of answers to compress"],
    HSTS_MAX_AGE: ["15768000", "tell browsers to use HTTPS alone"],
    HTTP_CHECK: ["GET /health", "health check by an HTTP request"],
  }),
  ...later("http-not-built", "listener", {
    "aliyun.routing.port_": ["http://shop", "the provider's HTTP routing, by host names"],
  }),
];

function later(
  status: LabelStatus,
  actsOn: ActsOn,
  labels: Readonly<Record<string, readonly [example: string, about: string]>>,
): readonly Label[] {
  return Object.entries(labels).map(([name, [example, about]]) => {
    const fullName = name.startsWith("aliyun.") ? name : proxyPrefix + name;
    return {
      name: fullName,
      example,
      about,
      fallback: "",
      actsOn,
      status,
      isHarmless: false,
      isPerPort: status === "key-in-label",
    };
  });
}

/** Every label that is known, those without effect so far included. */
export const labelTable: readonly Label[] = [
  ...builtLabels,
  ...serverLabels,
  ...probeLabels,
  ...listenerLabels,
  ...admissionLabels,
  ...laterLabels,
];

const byName = new Map(labelTable.map((label) => [label.name, label]));
const families = labelTable.filter(({ name }) => /[._]$/.test(name));

/** Names outside `aliyun.proxy.` that may stand below the project's own prefix too. */
const otherName = /^(custom_addon$|lb\.|probe\.)/;

/** True for a name below the project's own prefix. */
export function isOwnName(name: string): boolean {
  return name.slice(0, ownPrefix.length).toLowerCase() === ownPrefix;
}

/** Whether a label is one that Fairway reads, by its name alone. */
export function isOurs(name: string): boolean {
  return name.startsWith("aliyun.") || isOwnName(name);
}

/**
 * A label's name as the table has it, in whatever case and with `-` for `_`: after `aliyun.proxy.` in capitals, `required`
 * in small letters. Below `fairway.` the same names count, in place of `aliyun.proxy.` or `aliyun.`.
 */
export function canonicalName(name: string): string {
  if (name.startsWith(proxyPrefix)) return proxyName(name.slice(proxyPrefix.length));
  if (!isOwnName(name)) return name;
  const rest = name.slice(ownPrefix.length).replaceAll("-", "_").toLowerCase();
  return otherName.test(rest) ? `aliyun.${rest}` : proxyName(rest);
}

function proxyName(rest: string): string {
  const name = proxyPrefix + rest.replaceAll("-", "_").toUpperCase();
  return name.toLowerCase() === requiredLabel ? requiredLabel : name;
}

/** The row of a label by its canonical name, also of one for a single port; undefined: it is not known. */
export function findLabel(name: string): Label | undefined {
  return byName.get(name) ?? families.find((family) => name.startsWith(family.name)) ?? findPerPort(name);
}

function findPerPort(label: string): Label | undefined {
  if (!label.startsWith(proxyPrefix)) return undefined;
  const { name, port } = splitSettingName(label.slice(proxyPrefix.length));
  const row = port === undefined ? undefined : byName.get(proxyPrefix + name);
  return row?.isPerPort ? row : undefined;
}
