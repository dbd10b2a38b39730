import { readFileSync } from "node:fs";
import { reasonOf, type RegistryAccess } from "@fairway/registry";
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
 * How the registry is reached, with the contents of the files that the settings name. Throws ProgramExit for one that
 * cannot be read; `prefix` stands before the variables' names, as in `ADDON_ETCD_CA_FILE`.
 */
export function registryAccess(
  settings: AccessSettings,
  endpoints: readonly string[],
  prefix: "" | "ADDON_" = "",
): RegistryAccess {
  const { etcdPrefix, etcdUsername, etcdPassword, etcdPasswordFile } = settings;
  return {
    endpoints,
    prefix: etcdPrefix,
    username: etcdUsername,
    password: contents(`${prefix}ETCD_PASSWORD_FILE`, etcdPasswordFile)?.trim() ?? etcdPassword,
    ca: contents(`${prefix}ETCD_CA_FILE`, settings.etcdCaFile),
    cert: contents(`${prefix}ETCD_CERT_FILE`, settings.etcdCertFile),
    key: contents(`${prefix}ETCD_KEY_FILE`, settings.etcdKeyFile),
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
