import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type FindSettings, listenText, reasonOf, shown } from "@fairway/contract";
import { type OpenRegistry, openRegistry, type RegistryAccess } from "@fairway/registry";
import { exitCode, openBySettings, ProgramExit, registryAccess, type RegistryLocation } from "@fairway/program";
import { z } from "zod";
import { accessIn, askAddon } from "../registry/ask-addon.ts";

/** A client of the registry, who named it, and the line that says which one was taken. */
export type FoundRegistry = {
  readonly client: OpenRegistry;
  readonly by: "settings" | "admin" | "addon";
  readonly note: string;
};

/** How long a program of this machine has to say which etcd it uses. */
const answerMs = 2000;

/**
 * Opens the registry that the settings name; else the one that an agent or a registrar of this machine uses, by its
 * admin address; else the one that the addon hands out. Throws ProgramExit when none of them tells, and where
 * the settings have credentials for an etcd that an admin address names.
 */
export async function findRegistry(
  settings: FindSettings,
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<FoundRegistry> {
  const { etcdEndpoints, addonUrl } = settings;
  if (etcdEndpoints !== undefined) {
    const access = registryAccess(settings, etcdEndpoints);
    return { client: openBySettings(access), by: "settings", note: noteOf(access, "ETCD_ENDPOINTS") };
  }
  const asked = addonUrl === undefined ? adminAddresses(settings, env) : [];
  const local = await firstToAnswer(asked);
  if (local !== undefined) keepCredentials(settings, local);
  const lacking = local?.location.needs.filter((name) => !isSet(settings, name)) ?? [];
  if (local !== undefined && lacking.length === 0) {
    const { endpoints, prefix } = local.location;
    const access = registryAccess({ ...settings, etcdPrefix: prefix }, endpoints);
    return { client: openBySettings(access), by: "admin", note: noteOf(access, `http://${local.address}/status`) };
  }
  const access = accessIn(await askAddonOrExit(settings, { local, lacking, asked }, signal));
  return { client: openRegistry(access), by: "addon", note: noteOf(access, "the registrar's addon") };
}

/**
 * Ends the command where it has credentials: whoever took the port of a program that is not running would be given
 * them, by naming itself as etcd.
 */
function keepCredentials(settings: FindSettings, { address, location }: LocalProgram): void {
  const names = credentials.filter((name) => isSet(settings, name));
  if (names.length === 0) return;
  const reason = `${names.join(", ")} go to no etcd that is named by whatever answers at http://${address}/status`;
  throw new ProgramExit(exitCode.setting, [`${whatToSet(settings, location)}: ${reason}`]);
}

const credentials: readonly string[] = ["ETCD_USERNAME", "ETCD_PASSWORD", "ETCD_CERT_FILE", "ETCD_KEY_FILE"];

function isCredential(name: string): boolean {
  return credentials.includes(name);
}

function whatToSet({ etcdPrefix }: FindSettings, { endpoints, prefix }: RegistryLocation): string {
  const other = prefix === etcdPrefix ? "" : `, and ETCD_PREFIX ${shown(prefix)}`;
  return `set ETCD_ENDPOINTS (it would be ${endpoints.map(shown).join(",")}${other})`;
}

function noteOf({ endpoints, prefix }: RegistryAccess, by: string): string {
  return `registry: ${endpoints.map(shown).join(", ")}, prefix ${shown(prefix)}, by ${by}`;
}

type Asked = {
  readonly local: LocalProgram | undefined;
  readonly lacking: readonly string[];
  readonly asked: readonly string[];
};

async function askAddonOrExit({ addonUrl }: FindSettings, { local, lacking, asked }: Asked, signal: AbortSignal) {
  try {
    return await askAddon(addonUrl, signal);
  } catch (error) {
    if (local !== undefined) {
      const { endpoints } = local.location;
      const where = `etcd at ${endpoints.map(shown).join(", ")}, by http://${local.address}/status`;
      const missing = lacking.some(isCredential) ? ["ETCD_ENDPOINTS", ...lacking] : lacking;
      throw new ProgramExit(exitCode.environment, [`${where}: set ${missing.map(shown).join(", ")} to read it`]);
    }
    const nobody = asked.length === 0 ? "" : ` and no agent or registrar answers at ${asked.join(", ")}`;
    const lines = [reasonOf(error), `It was asked where etcd is, as ETCD_ENDPOINTS is not set${nobody}.`];
    throw new ProgramExit(exitCode.environment, lines);
  }
}

const runningSchema = z.object({ adminPorts: z.object({ agent: z.int(), registrar: z.int() }) });

/** Where programs of this machine answer: of a running `npm start`, which notes its ports in its directory; then by default. */
export function adminAddresses({ adminListen }: FindSettings, env: NodeJS.ProcessEnv): readonly string[] {
  const ports = portsOfNpmStart(env["FAIRWAY_DIRECTORY"]);
  const host = ["::", "0.0.0.0"].includes(adminListen.host) ? "127.0.0.1" : adminListen.host;
  const own = listenText({ host, port: adminListen.port });
  return [...new Set([...ports.map((port) => `127.0.0.1:${port}`), own, "127.0.0.1:7381", "127.0.0.1:7380"])];
}

function portsOfNpmStart(directory: string | undefined): readonly number[] {
  if (directory === undefined) return [];
  try {
    const { adminPorts } = runningSchema.parse(JSON.parse(readFileSync(join(directory, "running.json"), "utf8")));
    return [adminPorts.agent, adminPorts.registrar];
  } catch {
    return [];
  }
}

type LocalProgram = { readonly address: string; readonly location: RegistryLocation };

async function firstToAnswer(addresses: readonly string[]): Promise<LocalProgram | undefined> {
  for (const address of addresses) {
    const location = await askLocation(address);
    if (location !== undefined) return { address, location };
  }
  return undefined;
}

const statusSchema = z.object({
  registry: z.object({
    endpoints: z.array(z.string()).min(1),
    prefix: z.string(),
    needs: z.array(z.string()),
  }),
});

async function askLocation(address: string): Promise<RegistryLocation | undefined> {
  try {
    const response = await fetch(`http://${address}/status`, { signal: AbortSignal.timeout(answerMs) });
    return statusSchema.parse(await response.json()).registry;
  } catch {
    // Nobody listens there, or another program.
    return undefined;
  }
}

/** Whether the settings have what a registry needs; the password may come from a file. */
function isSet(settings: FindSettings, name: string): boolean {
  const values: Readonly<Record<string, unknown>> = {
    ETCD_USERNAME: settings.etcdUsername,
    ETCD_PASSWORD: settings.etcdPasswordFile ?? settings.etcdPassword,
    ETCD_CA_FILE: settings.etcdCaFile,
    ETCD_CERT_FILE: settings.etcdCertFile,
    ETCD_KEY_FILE: settings.etcdKeyFile,
  };
  return values[name] !== undefined;
}
