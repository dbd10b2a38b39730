import { access } from "node:fs/promises";
import { isAbsolute } from "node:path";
import type { AccessSettings } from "@fairway/contract";
import { Backoff } from "@fairway/loop";
import type { Log } from "./log.ts";

/** Paths by the names of the settings that hold them. */
export type FilePaths = Readonly<Record<string, string | undefined>>;

/** The files of a way to the registry; `prefix` stands before the settings' names, as in `ADDON_ETCD_CA_FILE`. */
export function accessFiles(settings: AccessSettings, prefix: "" | "ADDON_" = ""): FilePaths {
  return {
    [`${prefix}ETCD_PASSWORD_FILE`]: settings.etcdPasswordFile,
    [`${prefix}ETCD_CA_FILE`]: settings.etcdCaFile,
    [`${prefix}ETCD_CERT_FILE`]: settings.etcdCertFile,
    [`${prefix}ETCD_KEY_FILE`]: settings.etcdKeyFile,
  };
}

/**
 * Waits until files are there: what holds a password or a key may be mounted later than a program starts. Logs one line
 * when it has to. Paths that are none, as a password in place of its file, are left to whoever reads them.
 */
export async function awaitFiles(files: FilePaths, log: Log, signal: AbortSignal): Promise<void> {
  const backoff = new Backoff();
  for (let failures = 0; !signal.aborted; failures += 1) {
    const missing = await missingFiles(files);
    if (missing.length === 0) return failures === 0 ? undefined : log.info({}, "files are there");
    if (failures === 0) log.warn({ files: missing }, "waiting for files that are not there yet");
    await backoff.pause(signal);
  }
}

/**
 * The settings whose files are not there yet. A password or key that was set in place of a file's path is not repeated: its
 * length is.
 */
export async function missingFiles(files: FilePaths): Promise<readonly string[]> {
  const found = Object.entries(files).map(async ([name, path]) => {
    const isThere = path === undefined || !isAbsolute(path) || (await exists(path));
    return isThere ? [] : [`${name} (${path.length} characters)`];
  });
  return (await Promise.all(found)).flat();
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch (error) {
    // What may not be read does not come by itself.
    return !(error instanceof Error && "code" in error && error.code === "ENOENT");
  }
}
