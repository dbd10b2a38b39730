import { accessFiles, type FilePaths, registryAccess } from "@fairway/program";
import { isLoopback, type Handout, type AccessSettings, type RegistrarSettings } from "@fairway/contract";
import { type RegistryAccess } from "@fairway/registry";

/** The way to the registry as it is handed out, or why none can be. */
export type HandedOut =
  { readonly ok: true; readonly registry: Handout["registry"] } | { readonly ok: false; readonly reason: string };

/**
 * The way to the registry that ADDON_ETCD_* describe, with the contents of their files as they are now. Throws
 * ProgramExit for a file that cannot be read.
 */
export function addonAccess(settings: RegistrarSettings, nodeAddress: string): RegistryAccess {
  const own = settings.etcdEndpoints.map((url) => withoutLoopback(url, nodeAddress));
  return registryAccess(handedSettings(settings), settings.addonEtcdEndpoints ?? own, "ADDON_");
}

/** The files that ADDON_ETCD_* name. */
export function addonFiles(settings: RegistrarSettings): FilePaths {
  return accessFiles(handedSettings(settings), "ADDON_");
}

function handedSettings(settings: RegistrarSettings): AccessSettings {
  return {
    etcdPrefix: settings.etcdPrefix,
    etcdUsername: settings.addonEtcdUsername,
    etcdPassword: settings.addonEtcdPassword,
    etcdPasswordFile: settings.addonEtcdPasswordFile,
    etcdCaFile: settings.addonEtcdCaFile,
    etcdCertFile: settings.addonEtcdCertFile,
    etcdKeyFile: settings.addonEtcdKeyFile,
    etcdProxy: "off",
  };
}

/**
 * What may be handed out. Never the registrar's own credentials: where etcd wants any and none are set for the purpose
 * there is a reason in their place.
 */
export function handedOut(addon: RegistryAccess, own: RegistryAccess): HandedOut {
  const reason = missing(addon, own) ?? ownCredential(addon, own);
  if (reason !== undefined) return { ok: false, reason };
  const { prefix, endpoints, username, password, ca, cert, key } = addon;
  return {
    ok: true,
    registry: {
      prefix,
      endpoints: [...endpoints],
      username: username ?? null,
      password: password ?? null,
      ca: ca ?? null,
      cert: cert ?? null,
      key: key ?? null,
    },
  };
}

const never = "the registrar's own are never handed out";

function missing(addon: RegistryAccess, own: RegistryAccess): string | undefined {
  const isSecured = addon.endpoints.some((url) => url.startsWith("https:"));
  if (isSecured && addon.ca === undefined) {
    return "etcd is reached by TLS and ADDON_ETCD_CA_FILE is not set: a proxy could not tell it from another";
  }
  if (isSecured && own.cert !== undefined && addon.cert === undefined) {
    return `etcd wants certificates of its clients and ADDON_ETCD_CERT_FILE is not set: ${never}`;
  }
  if (own.username !== undefined && addon.username === undefined && addon.cert === undefined) {
    return `etcd wants a user and ADDON_ETCD_USERNAME is not set: ${never}`;
  }
  if (addon.username !== undefined && addon.password === undefined) {
    return "ADDON_ETCD_USERNAME is set without ADDON_ETCD_PASSWORD or ADDON_ETCD_PASSWORD_FILE";
  }
  if ((addon.cert === undefined) === (addon.key === undefined)) return undefined;
  return "of ADDON_ETCD_CERT_FILE and ADDON_ETCD_KEY_FILE one is set without the other";
}

function ownCredential(addon: RegistryAccess, own: RegistryAccess): string | undefined {
  if (addon.username !== undefined && addon.username === own.username) {
    return `ADDON_ETCD_USERNAME is the registrar's own user: ${never}`;
  }
  if (addon.key !== undefined && addon.key.trim() === own.key?.trim()) {
    return `ADDON_ETCD_KEY_FILE holds the registrar's own key: ${never}`;
  }
  return undefined;
}

/** A loopback address of etcd means the node to others. */
function withoutLoopback(url: string, nodeAddress: string): string {
  const { protocol, hostname, port } = new URL(url);
  const host = hostname.replace(/^\[|\]$/g, "");
  if (host !== "localhost" && !isLoopback(host)) return url;
  return `${protocol}//${nodeAddress.includes(":") ? `[${nodeAddress}]` : nodeAddress}:${port || defaultPort(protocol)}`;
}

function defaultPort(protocol: string): number {
  return protocol === "https:" ? 443 : 80;
}
