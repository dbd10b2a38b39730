import {
  alignColumns,
  type Claim,
  counted,
  holderName,
  portName,
  reasonOf,
  registrarSettings,
  shown,
} from "@fairway/contract";
import { exitCode, type Options, ProgramExit, readSettingsOrExit, registryBySettings } from "@fairway/program";
import { type ClaimUse, contested, readClaimUses, type RegistryClient } from "@fairway/registry";

/**
 * Lists who has claimed which front port, and what is not claimed yet; with `--dry-run` also what a proxy would refuse
 * that is told nothing else. Throws ProgramExit when the registry does not answer.
 */
export async function claims(
  env: NodeJS.ProcessEnv,
  _signal: AbortSignal,
  { options }: { readonly options: Options },
): Promise<readonly string[]> {
  const uses = await withRegistry(env, (client) => readClaimUses(client));
  return describeClaims(uses, { isDryRun: options["dryRun"] === true, nowMs: Date.now() });
}

/** Does something with the registry that the settings name, and closes it. Throws ProgramExit when it does not answer. */
export async function withRegistry<T>(env: NodeJS.ProcessEnv, ask: (client: RegistryClient) => Promise<T>): Promise<T> {
  const { settings } = readSettingsOrExit("fairway-registrar", registrarSettings, env);
  const client = registryBySettings(settings, settings.etcdEndpoints);
  try {
    return await ask(client);
  } catch (error) {
    if (error instanceof ProgramExit) throw error;
    throw new ProgramExit(exitCode.environment, [`ETCD_ENDPOINTS: the registry does not answer: ${reasonOf(error)}`]);
  } finally {
    client.close();
  }
}

/** What is to be said of the claims, in aligned columns. */
export function describeClaims(
  uses: readonly ClaimUse[],
  { isDryRun, nowMs }: { readonly isDryRun: boolean; readonly nowMs: number },
): readonly string[] {
  if (uses.length === 0) return ["no front port is claimed or asked for"];
  const verdicts = isDryRun ? verdictsOf(uses) : undefined;
  const head = ["PORT", "HOLDER", "CLAIMED", "USED BY", ...(isDryRun ? ["WOULD BE"] : [])];
  const rows = uses.map((use) => [
    portText(use.claim),
    holderText(use.claim),
    ageText(use, nowMs),
    useText(use),
    ...(verdicts === undefined ? [] : [verdicts.get(use) ?? "served"]),
  ]);
  return [...alignColumns([head, ...rows]), ...(verdicts === undefined ? [] : ["", summary(verdicts)])];
}

/** A front port as `release` takes it: `6379`, `443,a.example.com`, `6379@proxy_test`. */
export function portText(claim: Claim): string {
  return shown(portName(claim));
}

export function holderText(claim: Claim): string {
  return shown(holderName(claim));
}

function verdictsOf(uses: readonly ClaimUse[]): ReadonlyMap<ClaimUse, string> {
  const byClaim = new Map(uses.map((use) => [use.claim, use]));
  const verdicts = new Map<ClaimUse, string>();
  for (const { owner, others } of contested(uses)) {
    for (const { claim, endpoints, isShared } of others) {
      const use = byClaim.get(claim);
      const holder = holderText(owner.claim);
      if (use === undefined || endpoints === 0) continue;
      verdicts.set(use, isShared ? `served: ${holder} shares it` : `refused: it is ${holder}'s`);
    }
  }
  return verdicts;
}

function summary(verdicts: ReadonlyMap<ClaimUse, string>): string {
  const refused = [...verdicts].filter(([, verdict]) => verdict.startsWith("refused"));
  if (refused.length === 0) return "nobody would be refused";
  const endpoints = refused.reduce((sum, [use]) => sum + use.endpoints, 0);
  return `${counted(endpoints, "endpoint")} would be refused, except by proxies of that project and where PORT_OWNERS or SHARED_PORTS says otherwise`;
}

function useText({ endpoints, lease }: ClaimUse): string {
  if (endpoints > 0) return counted(endpoints, "endpoint");
  return lease === undefined ? "nothing" : "nothing, about to end";
}

function ageText({ age, claimedAt }: ClaimUse, nowMs: number): string {
  if (age === undefined) return "not yet";
  const seconds = (nowMs - Date.parse(claimedAt ?? "")) / 1000;
  if (!Number.isFinite(seconds)) return "at some time";
  const [count, unit] = [86_400, 3600, 60, 1]
    .map((each) => [Math.floor(seconds / each), each] as const)
    .find(([n]) => n > 0) ?? [0, 1];
  return `${count}${unitNames.get(unit) ?? "s"} ago`;
}

const unitNames = new Map([
  [86_400, "d"],
  [3600, "h"],
  [60, "m"],
]);
