import { etcdEndpoints, filePath, line, listenAddress, optional, setting } from "@fairway/program";
import { addonPort } from "@fairway/contract";
import { z } from "zod";

/** Settings of the addon: where it listens, and what it hands out. */
export const addonSettings = {
  addonListen: setting({
    name: "ADDON_LISTEN",
    schema: z
      .union([z.literal("off").transform(() => undefined), listenAddress])
      .describe(`${listenAddress.description}, or off`),
    fallback: `:${addonPort}`,
    about: "Where proxy containers of this node are handed their subscription; `off`: nowhere.",
  }),
  addonEtcdEndpoints: optional({
    name: "ADDON_ETCD_ENDPOINTS",
    schema: etcdEndpoints,
    fallback: "ETCD_ENDPOINTS, loopback hosts replaced by NODE_ADDRESS",
    about: "Members of etcd as proxy containers reach them.",
  }),
  addonEtcdUsername: optional({
    name: "ADDON_ETCD_USERNAME",
    schema: line,
    about: "User of etcd that is handed out: one that reads the registry and writes `proxies/` only.",
  }),
  addonEtcdPassword: optional({
    name: "ADDON_ETCD_PASSWORD",
    schema: line,
    about: "Password of that user.",
  }),
  addonEtcdPasswordFile: optional({
    name: "ADDON_ETCD_PASSWORD_FILE",
    schema: filePath,
    about: "File that holds the password; wins over ADDON_ETCD_PASSWORD. It is handed out as it stands when asked for.",
  }),
  addonEtcdCaFile: optional({
    name: "ADDON_ETCD_CA_FILE",
    schema: filePath,
    about: "CA that signed etcd's certificates (PEM); its contents are handed out.",
  }),
  addonEtcdCertFile: optional({
    name: "ADDON_ETCD_CERT_FILE",
    schema: filePath,
    about: "Client certificate for etcd (PEM); its contents are handed out.",
  }),
  addonEtcdKeyFile: optional({
    name: "ADDON_ETCD_KEY_FILE",
    schema: filePath,
    about: "Key of that certificate (PEM); its contents are handed out.",
  }),
} as const;
