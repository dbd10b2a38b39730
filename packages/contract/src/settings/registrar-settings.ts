import { z } from "zod";
import { addonPort } from "../handout.ts";
import { projectName } from "../labels/share.ts";
import * as grammar from "./grammars.ts";
import type { SettingValues } from "./read-settings.ts";
import { adminListen, nodeName, registrySettings } from "./registry-settings.ts";
import { list, optional, setting } from "./setting.ts";

/** Settings of the addon: where it listens, and what it hands out. */
const addonSettings = {
  addonListen: setting({
    name: "ADDON_LISTEN",
    actsOn: "program",
    schema: z
      .union([z.literal("off").transform(() => undefined), grammar.listenAddress])
      .describe(`${grammar.listenAddress.description}, or off`),
    fallback: `:${addonPort}`,
    about: "Where proxy containers of this node are handed their subscription; `off`: nowhere.",
  }),
  addonEtcdEndpoints: optional({
    name: "ADDON_ETCD_ENDPOINTS",
    actsOn: "proxy",
    schema: grammar.etcdEndpoints,
    fallback: "ETCD_ENDPOINTS, loopback hosts replaced by NODE_ADDRESS",
    about: "Members of etcd as proxy containers reach them.",
  }),
  addonEtcdUsername: optional({
    name: "ADDON_ETCD_USERNAME",
    actsOn: "proxy",
    isSecret: true,
    schema: grammar.line,
    about: "User of etcd that is handed out: one that reads the registry and writes `proxies/` only.",
  }),
  addonEtcdPassword: optional({
    name: "ADDON_ETCD_PASSWORD",
    actsOn: "proxy",
    isSecret: true,
    schema: grammar.line,
    about: "Password of that user.",
  }),
  addonEtcdPasswordFile: optional({
    name: "ADDON_ETCD_PASSWORD_FILE",
    actsOn: "proxy",
    isSecret: true,
    schema: grammar.filePath,
    about: "File that holds the password; wins over ADDON_ETCD_PASSWORD. It is handed out as it stands when asked for.",
  }),
  addonEtcdCaFile: optional({
    name: "ADDON_ETCD_CA_FILE",
    actsOn: "proxy",
    isSecret: true,
    schema: grammar.filePath,
    about: "CA that signed etcd's certificates (PEM); its contents are handed out.",
  }),
  addonEtcdCertFile: optional({
    name: "ADDON_ETCD_CERT_FILE",
    actsOn: "proxy",
    isSecret: true,
    schema: grammar.filePath,
    about: "Client certificate for etcd (PEM); its contents are handed out.",
  }),
  addonEtcdKeyFile: optional({
    name: "ADDON_ETCD_KEY_FILE",
    actsOn: "proxy",
    isSecret: true,
    schema: grammar.filePath,
    about: "Key of that certificate (PEM); its contents are handed out.",
  }),
} as const;

const directory = grammar.filePath
  .refine((text) => text.startsWith("/"))
  .describe("the path of a directory, from / on");

const contextName = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_.+-]*$/)
  .describe("the name of a context");

/** Where the Docker engine answers; the names are those that Docker's client reads. */
const dockerSettings = {
  dockerHost: optional({
    name: "DOCKER_HOST",
    actsOn: "node",
    schema: grammar.dockerHost,
    fallback: "unix:///var/run/docker.sock",
    about: "Where the Docker engine answers.",
  }),
  dockerTlsVerify: setting({
    name: "DOCKER_TLS_VERIFY",
    actsOn: "node",
    schema: z
      .enum(["1", ""])
      .transform((text) => text === "1")
      .describe("1, or unset"),
    fallback: "",
    about: "`1`: a `tcp://` engine is asked over TLS. The engine's certificate is always verified.",
  }),
  dockerCertPath: optional({
    name: "DOCKER_CERT_PATH",
    actsOn: "node",
    schema: directory,
    fallback: "with DOCKER_TLS_VERIFY: DOCKER_CONFIG",
    about:
      "Directory of `ca.pem`, `cert.pem` and `key.pem` for a `tcp://` engine; set, it is asked over TLS. " +
      "They are read again every few minutes.",
  }),
  dockerContext: optional({
    name: "DOCKER_CONTEXT",
    actsOn: "node",
    schema: contextName,
    fallback: "",
    about: "Contexts are not read: one other than `default` is refused, unless DOCKER_HOST is set.",
  }),
  dockerConfig: optional({
    name: "DOCKER_CONFIG",
    actsOn: "node",
    schema: directory,
    fallback: "~/.docker",
    about: "Directory of Docker's client; its `config.json` may name a context, see DOCKER_CONTEXT.",
  }),
} as const;

/** Every environment variable that the registrar reads. */
export const registrarSettings = {
  etcdEndpoints: setting({
    name: "ETCD_ENDPOINTS",
    actsOn: "program",
    schema: grammar.etcdEndpoints,
    fallback: "http://127.0.0.1:2379",
    about: "Members of etcd.",
  }),
  ...registrySettings,
  nodeName: nodeName("the Docker engine's name"),
  nodeAddress: optional({
    name: "NODE_ADDRESS",
    actsOn: "node",
    schema: grammar.hostAddress,
    fallback:
      "the source address towards etcd, else of the default route; never loopback, link-local or one of a Docker network; a change is noticed",
    about: "Address under which other nodes reach this node's published ports.",
  }),
  ...dockerSettings,
  readyTimeoutMs: setting({
    name: "READY_TIMEOUT",
    actsOn: "container",
    schema: grammar.duration(),
    fallback: "30s",
    about: "How long a started container's port may accept no connection before it is served all the same.",
  }),
  claimGraceMs: setting({
    name: "CLAIM_GRACE",
    actsOn: "program",
    schema: grammar.duration(1000),
    fallback: "24h",
    about:
      "How long a project keeps its claim to a front port for which it asks no more: its containers have stopped, " +
      "or their nodes are lost. Where the last of them was removed, 10 minutes at most.",
  }),
  projects: list({
    name: "PROJECTS",
    actsOn: "container",
    item: z.union([z.literal("*"), projectName]).describe(`${projectName.description}; or * for every project`),
    fallback: "*",
    about: "The projects that containers of this node may belong to; those of others are refused.",
  }),
  adminListen: adminListen("127.0.0.1:7380"),
  ...addonSettings,
} as const;

/** The registrar's settings with their values. */
export type RegistrarSettings = SettingValues<typeof registrarSettings>;
