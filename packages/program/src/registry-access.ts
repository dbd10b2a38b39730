import { type AccessSettings, reasonOf } from "@fairway/contract";
import { type OpenRegistry, openRegistry, type RegistryAccess, type RegistryClient } from "@fairway/registry";
import { exitCode, ProgramExit } from "./exit.ts";
import { readSettingFile } from "./setting-files.ts";

/** How a program reaches the registry, without any secret: what its admin address may tell anyone who asks. */
export type RegistryLocation = {
  readonly endpoints: readonly string[];
  readonly prefix: string;
  /** Settings that whoever wants to read the registry needs as well, such as ETCD_USERNAME. */
  readonly needs: readonly string[];
};

/** What an access is made of, as the log names it. */
export const registryCredentials = "registry credentials";

/** The part of an access that is no secret. */
export function locationOf({ endpoints, prefix, ...secrets }: RegistryAccess): RegistryLocation {
  const names = Object.entries(settingOf).filter(([key]) => secrets[key as keyof typeof settingOf] !== undefined);
  return { endpoints, prefix, needs: names.map(([, name]) => name) };
}

const settingOf = {
  username: "ETCD_USERNAME",
  password: "ETCD_PASSWORD",
  ca: "ETCD_CA_FILE",
  cert: "ETCD_CERT_FILE",
  key: "ETCD_KEY_FILE",
} as const;

/** A client of the registry, by the settings; throws as {@link openBySettings} and {@link registryAccess} do. */
export function registryBySettings(settings: AccessSettings, endpoints: readonly string[]): RegistryClient {
  return openBySettings(registryAccess(settings, endpoints));
}

/**
 * A client of the registry as the settings say it is reached. It never fails because etcd is away; throws ProgramExit
 * for endpoints and certificates that do not go together.
 */
export function openBySettings(access: RegistryAccess): OpenRegistry {
  try {
    return openRegistry(access);
  } catch (error) {
    const names = "ETCD_ENDPOINTS, ETCD_CA_FILE, ETCD_CERT_FILE, ETCD_KEY_FILE";
    throw new ProgramExit(exitCode.setting, [`${names}: etcd cannot be reached with these: ${reasonOf(error)}`]);
  }
}

/**
 * How the registry is reached, with the contents of the files that the settings name. Throws ProgramExit for one that
 * cannot be read; `prefix` stands before the variables' names, as in `ADDON_ETCD_CA_FILE`.
 */
export function registryAccess(
  settings: AccessSettings,
  endpoints: readonly string[],
  prefix: "" | "ADDON_" = "",
): RegistryAccess {
  const { etcdPrefix, etcdUsername, etcdPassword, etcdPasswordFile, etcdProxy } = settings;
  return {
    endpoints,
    prefix: etcdPrefix,
    proxy: etcdProxy,
    username: etcdUsername,
    password: contents(`${prefix}ETCD_PASSWORD_FILE`, etcdPasswordFile)?.trim() ?? etcdPassword,
    ca: contents(`${prefix}ETCD_CA_FILE`, settings.etcdCaFile),
    cert: contents(`${prefix}ETCD_CERT_FILE`, settings.etcdCertFile),
    key: contents(`${prefix}ETCD_KEY_FILE`, settings.etcdKeyFile),
  };
}

function contents(name: string, path: string | undefined): string | undefined {
  if (path === undefined) return undefined;
  const reading = readSettingFile(name, path);
  if (!reading.ok) throw new ProgramExit(exitCode.setting, [reading.problem]);
  return reading.text;
}
