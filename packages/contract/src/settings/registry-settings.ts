import { z } from "zod";
import * as grammar from "./grammars.ts";
import type { SettingValues } from "./read-settings.ts";
import { optional, setting } from "./setting.ts";

/** Settings that say how the registry is reached and as whom; ETCD_ENDPOINTS has another default in each program. */
export const accessSettings = {
  etcdPrefix: setting({
    name: "ETCD_PREFIX",
    actsOn: "program",
    schema: grammar.keyPrefix,
    fallback: "/fairway/v1",
    about: "Prefix of every key.",
  }),
  etcdCaFile: optional({
    name: "ETCD_CA_FILE",
    actsOn: "program",
    isSecret: true,
    schema: grammar.filePath,
    about: "CA that signed etcd's certificates (PEM); read again when it changes.",
  }),
  etcdCertFile: optional({
    name: "ETCD_CERT_FILE",
    actsOn: "program",
    isSecret: true,
    schema: grammar.filePath,
    about: "Client certificate for etcd (PEM); read again when it changes.",
  }),
  etcdKeyFile: optional({
    name: "ETCD_KEY_FILE",
    actsOn: "program",
    isSecret: true,
    schema: grammar.filePath,
    about: "Key of the client certificate (PEM); read again when it changes.",
  }),
  etcdUsername: optional({
    name: "ETCD_USERNAME",
    actsOn: "program",
    isSecret: true,
    schema: grammar.line,
    about: "User of etcd.",
  }),
  etcdPassword: optional({
    name: "ETCD_PASSWORD",
    actsOn: "program",
    isSecret: true,
    schema: grammar.line,
    about: "Password of that user.",
  }),
  etcdPasswordFile: optional({
    name: "ETCD_PASSWORD_FILE",
    actsOn: "program",
    isSecret: true,
    schema: grammar.filePath,
    about: "File that holds the password; wins over ETCD_PASSWORD. Read again when it changes.",
  }),
  etcdProxy: setting({
    name: "ETCD_PROXY",
    actsOn: "program",
    schema: grammar.oneOf("off", "environment"),
    fallback: "off",
    about:
      "Reach the etcd of ETCD_ENDPOINTS through the proxy that `http_proxy`, `https_proxy` and `no_proxy` name, or not.",
  }),
} as const;

/** The values of {@link accessSettings}. */
export type AccessSettings = SettingValues<typeof accessSettings>;

/** Settings of both programs. */
export const registrySettings = {
  ...accessSettings,
  zone: setting({
    name: "ZONE",
    actsOn: "node",
    schema: z.union([grammar.line, z.literal("")]).describe(grammar.line.description ?? ""),
    fallback: "",
    about: "Zone of the node, told to the registry: what `LOCALITY: zone` goes by.",
  }),
  logLevel: setting({
    name: "LOG_LEVEL",
    actsOn: "program",
    schema: grammar.oneOf("debug", "info", "warn", "error"),
    fallback: "info",
    about: "Least level that is logged.",
  }),
  trustedLabels: setting({
    name: "TRUSTED_LABELS",
    actsOn: "container",
    schema: grammar.oneOf("listed", "all"),
    fallback: "listed",
    about:
      "What labels that hold HAProxy's words may say: `listed`, what [labels.md](labels.md) lists; `all`, also every other word " +
      "of a server's line and every other line of a listener. Registrars and proxies judge each for itself: set it at both. Who " +
      "may start containers may then read any file that HAProxy reads, and lead connections anywhere.",
  }),
  certificateLabels: setting({
    name: "ALLOW_CERT_LABELS",
    actsOn: "container",
    schema: grammar.oneOf("true", "false"),
    fallback: "false",
    about:
      "`true`: the labels SSL_CERT and DEFAULT_SSL_CERT are taken, so that private keys stand in etcd in clear: " +
      "see [tls.md](tls.md). Registrars and proxies judge each for itself: set it at both.",
  }),
  leaseTtlMs: setting({
    name: "LEASE_TTL",
    actsOn: "program",
    schema: grammar.duration(2000),
    fallback: "15s",
    about: "How long the registry keeps this program's records after its last sign of life.",
  }),
} as const;

/** NODE_NAME of either program, with its default in words. */
export function nodeName(fallback: string) {
  return optional({
    name: "NODE_NAME",
    actsOn: "node",
    schema: grammar.name,
    fallback,
    about: "Name of this node in the registry.",
  });
}

/** ADMIN_LISTEN of either program. */
export function adminListen(fallback: string, paths = "/healthz, /readyz, /metrics and /status") {
  return setting({
    name: "ADMIN_LISTEN",
    actsOn: "program",
    schema: grammar.listenAddress,
    fallback,
    about: `Where ${paths} answer.`,
  });
}
