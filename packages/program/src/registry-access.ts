import { readFileSync } from "node:fs";
import { openRegistry, reasonOf, type RegistryAccess, type RegistryClient } from "@fairway/registry";
import { exitCode, ProgramExit } from "./exit.ts";

/** The settings of `registrySettings` that say how the registry is reached. */
export type AccessSettings = {
  readonly etcdPrefix: string;
  readonly etcdCaFile: string | undefined;
  readonly etcdCertFile: string | undefined;
  readonly etcdKeyFile: string | undefined;
  readonly etcdUsername: string | undefined;
  readonly etcdPassword: string | undefined;
  readonly etcdPasswordFile: string | undefined;
};

/**
 * A client of the registry, by the settings. It never fails because etcd is away; throws ProgramExit for a file that
 * cannot be read, and for endpoints and certificates that do not go together.
 */
export function registryBySettings(settings: AccessSettings, endpoints: readonly string[]): RegistryClient {
  const access = registryAccess(settings, endpoints);
  try {
    return openRegistry(access);
  } catch (error) {
    const names = "ETCD_ENDPOINTS, ETCD_CA_FILE, ETCD_CERT_FILE, ETCD_KEY_FILE";
    throw new ProgramExit(exitCode.setting, [`${names}: etcd cannot be reached with these: ${reasonOf(error)}`]);
  }
}

/** How the registry is reached, with the contents of the files that the settings name. */
function registryAccess(settings: AccessSettings, endpoints: readonly string[]): RegistryAccess {
  const { etcdPrefix, etcdUsername, etcdPassword, etcdPasswordFile } = settings;
  return {
    endpoints,
    prefix: etcdPrefix,
    username: etcdUsername,
    password: contents("ETCD_PASSWORD_FILE", etcdPasswordFile)?.trim() ?? etcdPassword,
    ca: contents("ETCD_CA_FILE", settings.etcdCaFile),
    cert: contents("ETCD_CERT_FILE", settings.etcdCertFile),
    key: contents("ETCD_KEY_FILE", settings.etcdKeyFile),
  };
}

function contents(name: string, path: string | undefined): string | undefined {
  if (path === undefined) return undefined;
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new ProgramExit(exitCode.setting, [`${name}="${path}": must be a file that can be read: ${reasonOf(error)}`]);
  }
}
