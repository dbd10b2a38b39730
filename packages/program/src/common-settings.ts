import { commaList, duration, endpointUrl, filePath, line, listenAddress, name, oneOf } from "./values.ts";
import { optional, setting } from "./settings.ts";
import { z } from "zod";

const prefix = z
  .string()
  .regex(/^\/[^\s\u0000-\u001f\u007f]*[^/\s\u0000-\u001f\u007f]$/)
  .describe("a key prefix such as /fairway/v1, without a slash at its end");

/** Settings of both programs that say how the registry is reached and who is asking. */
export const registrySettings = {
  etcdPrefix: setting({ name: "ETCD_PREFIX", schema: prefix, fallback: "/fairway/v1", about: "Prefix of every key." }),
  etcdCaFile: optional({ name: "ETCD_CA_FILE", schema: filePath, about: "CA that signed etcd's certificates (PEM)." }),
  etcdCertFile: optional({ name: "ETCD_CERT_FILE", schema: filePath, about: "Client certificate for etcd (PEM)." }),
  etcdKeyFile: optional({ name: "ETCD_KEY_FILE", schema: filePath, about: "Key of the client certificate (PEM)." }),
  etcdUsername: optional({ name: "ETCD_USERNAME", schema: line, about: "User of etcd." }),
  etcdPassword: optional({ name: "ETCD_PASSWORD", schema: line, about: "Password of that user." }),
  etcdPasswordFile: optional({
    name: "ETCD_PASSWORD_FILE",
    schema: filePath,
    about: "File that holds the password; wins over ETCD_PASSWORD.",
  }),
  zone: setting({
    name: "ZONE",
    schema: z.union([line, z.literal("")]).describe(line.description ?? ""),
    fallback: "",
    about: "Zone of the node, told to the registry.",
  }),
  logLevel: setting({
    name: "LOG_LEVEL",
    schema: oneOf("debug", "info", "warn", "error"),
    fallback: "info",
    about: "Least level that is logged.",
  }),
  leaseTtlMs: setting({
    name: "LEASE_TTL",
    schema: duration(2000),
    fallback: "15s",
    about: "How long the registry keeps this program's records after its last sign of life.",
  }),
} as const;

/** The list of etcd's members, with or without a default. */
export const etcdEndpoints = commaList(endpointUrl);

/** NODE_NAME of either program, with its default in words. */
export function nodeName(fallback: string) {
  return optional({ name: "NODE_NAME", schema: name, fallback, about: "Name of this node in the registry." });
}

/** ADMIN_LISTEN of either program. */
export function adminListen(fallback: string) {
  return setting({
    name: "ADMIN_LISTEN",
    schema: listenAddress,
    fallback,
    about: "Where /healthz, /readyz, /metrics and /status answer.",
  });
}
