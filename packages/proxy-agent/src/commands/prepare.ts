import { resolve } from "node:path";
import { type AgentSettings, ordinaryProxies } from "@fairway/contract";
import { builtInTemplate } from "@fairway/haproxy";
import { evenNow, type Log } from "@fairway/program";
import type { RegistryAccess } from "@fairway/registry";
import { readAgentSnapshot, type AgentSnapshot } from "../agent-snapshot.ts";
import { sourceOf } from "../certificates/certificate-sources.ts";
import { Authorities } from "../certificates/authorities.ts";
import { Certificates } from "../certificates/certificates.ts";
import { LabelCertificates } from "../certificates/label-certificates.ts";
import { authoritiesSourceOf } from "../certificates/client-authorities.ts";
import type { DesiredState } from "../desired/desired-state.ts";
import { resolvable } from "../config/resolvable.ts";
import { chooseOperatorText, type ChosenText } from "../config/operator-check.ts";
import { chooseTemplate, type ChosenTemplate } from "../config/own-template.ts";
import type { Identity } from "../registry/addon.ts";
import type { NodeName } from "../registry/node-name.ts";
import type { Reconciler } from "../reconcile/reconciler.ts";
import { openRoles, type Roles } from "./follow-roles.ts";
import { followHosts, SectionSource } from "../config/section-source.ts";
import type { AgentConfig } from "../config/agent-config.ts";
import { withoutSecrets, type Proxy } from "./open-proxy.ts";

/** What {@link prepare} works with. */
export type PrepareOptions = {
  readonly settings: AgentSettings;
  readonly env: NodeJS.ProcessEnv;
  /** The configuration that follows from what the addon says of this proxy; undefined: nothing. */
  readonly configFor: (identity?: Identity) => AgentConfig;
  readonly nodeName: NodeName;
  /** The access to the registry by the settings; undefined: the addon is asked for it, or its files are not there yet. */
  readonly access: RegistryAccess | undefined;
  readonly proxy: Proxy;
  readonly log: Log;
  readonly signal: AbortSignal;
};

/** What is known before anything is asked of the registry. */
export type Prepared = {
  /** What an earlier agent knew. */
  readonly snapshot: AgentSnapshot | undefined;
  /** What the addon said to it; undefined: nothing, or the addon is not asked. */
  readonly identity: Identity | undefined;
  /** True when it is known where the proxy stands. */
  readonly isPlaced: boolean;
  readonly config: AgentConfig;
  readonly sections: SectionSource;
  readonly chosen: ChosenText;
  readonly template: ChosenTemplate;
  readonly certificates: Certificates;
  /** Those in labels. */
  readonly labelled: LabelCertificates;
  readonly authorities: Authorities;
  readonly roles: Roles;
};

/** Reads what an earlier agent left, and has HAProxy check the operator's text. Throws ProgramExit if it refuses that. */
export async function prepare(options: PrepareOptions): Promise<Prepared> {
  const { settings, configFor, nodeName, proxy, log } = options;
  const snapshot = readSnapshot(proxy, settings.balancer ?? ordinaryProxies, log);
  nodeName.adopt(snapshot?.node);
  const isByAddon = settings.etcdEndpoints === undefined;
  const identity = isByAddon ? (snapshot?.identity ?? undefined) : undefined;
  const config = configFor(identity);
  const sections = new SectionSource({ settings: config.proxy, resolvable });
  await sections.look("all");
  const chosen = await chooseText(options, { config, sections, snapshot });
  const template = await chooseTemplate({
    file: settings.template,
    kept: proxy.files.paths.template,
    facts: chosen.facts,
    sections: chosen.sections,
    check: checkOf(options),
    log,
  });
  const isAllowed = settings.certificateLabels === "true";
  const labelled = new LabelCertificates({ isAllowed });
  const certificates = openCertificates(options, isAllowed ? labelled : undefined);
  const authorities = openAuthorities(options);
  const [roles] = await Promise.all([openRoles(options), certificates.open(), authorities.open()]);
  for (const note of sections.outcome.notes) log.warn({ note }, "setting not taken as it stands");
  const isPlaced = !isByAddon || identity !== undefined;
  const known = { snapshot, identity, isPlaced, config, sections, chosen, template };
  return { ...known, certificates, labelled, authorities, roles };
}

function openCertificates(
  { settings, env, proxy, log, signal }: PrepareOptions,
  held: LabelCertificates | undefined,
): Certificates {
  const { paths } = proxy.files;
  return new Certificates({
    source: sourceOf(settings, env),
    clients: authoritiesSourceOf(settings),
    isStrict: settings.strictSni === "true",
    folder: paths.certificates,
    labels: held,
    portsFolder: paths.portCertificates,
    now: evenNow,
    log,
    signal,
  });
}

function openAuthorities({ settings, proxy, log, signal }: PrepareOptions): Authorities {
  const { authorities: ownFolder } = proxy.files.paths;
  return new Authorities({ folder: settings.serverAuthoritiesFolder, ownFolder, now: evenNow, log, signal });
}

function readSnapshot({ memory }: Proxy, balancer: string, log: Log): AgentSnapshot | undefined {
  if (memory === undefined) return undefined;
  const read = readAgentSnapshot(memory, balancer);
  if ("snapshot" in read) return read.snapshot;
  log.warn({ reason: read.reason }, "snapshot left aside");
  return undefined;
}

/** Who judges text before it is used. */
function checkOf({ settings, env, signal }: PrepareOptions) {
  return { bin: settings.haproxyBin, env: withoutSecrets(env), stateDir: resolve(settings.stateDir), signal };
}

function chooseText(
  options: PrepareOptions,
  { config, sections, snapshot }: Pick<Prepared, "config" | "sections" | "snapshot">,
): Promise<ChosenText> {
  const { proxy, log } = options;
  return chooseOperatorText({
    facts: config.facts,
    sections: sections.outcome.sections,
    accepted: snapshot?.operator,
    isRunning: proxy.adopted !== undefined,
    check: { ...checkOf(options), template: builtInTemplate() },
    log,
  });
}

/** What {@link followLogTargets} works with. */
export type LogTargets = {
  readonly sections: SectionSource;
  readonly desired: DesiredState;
  readonly reconciler: Pick<Reconciler, "on">;
  readonly signal: AbortSignal;
};

/** Keeps log targets out of the configuration while their names do not resolve. */
export function followLogTargets({ sections, desired, reconciler, signal }: LogTargets): void {
  const take = () => desired.setSections(sections.outcome.sections);
  followHosts(sections, take, signal);
  // A log target may have lost its name since: HAProxy refuses every configuration that names it.
  reconciler.on("applied", ({ ok }) => {
    if (!ok) void sections.look("all").then((hasChanged) => hasChanged && take());
  });
}
