import { resolve } from "node:path";
import { reasonOf } from "@fairway/contract";
import { wait } from "@fairway/loop";
import { evenNow, serveAdmin, type AdminQuestions, type Log } from "@fairway/program";
import { Agent } from "../agent.ts";
import { openEnrolment, type Enrolment, type EnrolmentOptions } from "../registry/enrolment.ts";
import { chooseOperatorText, type ChosenText } from "../config/operator-check.ts";
import { resolvable } from "../machine.ts";
import { readMemory, writtenMemory, type Memory } from "../memory.ts";
import { Reconciler } from "../reconcile/reconciler.ts";
import { withoutSecrets, type Proxy } from "./open-proxy.ts";
import { operatorTextOf } from "../config/operator-text.ts";
import { builtInTemplate } from "@fairway/haproxy";
import { Reporter } from "../status/reporter.ts";

import { followHosts, SectionSource } from "../config/section-source.ts";
import type { ReadAgentSettings } from "../config/settings.ts";

/** What {@link serve} works with. */
export type ServeOptions = Pick<ReadAgentSettings, "settings" | "leftOut"> &
  Pick<EnrolmentOptions, "access" | "configFor" | "client"> & {
    readonly env: NodeJS.ProcessEnv;
    readonly version: string;
    readonly proxy: Proxy;
    readonly log: Log;
    readonly signal: AbortSignal;
  };

/** A registry that does not answer must not hold up the end. */
const farewellMs = 2000;

const standstillMs = 60_000;

/** Follows the registry and keeps HAProxy in step until the signal aborts. */
export async function serve(options: ServeOptions): Promise<void> {
  const { settings, log, signal } = options;
  const memory = memoryOf(options);
  const enrolment = openEnrolment({ ...options, remembered: memory?.identity ?? undefined });
  const { proxy, node, facts, scope } = enrolment.config();
  const source = new SectionSource({ settings: proxy, resolvable });
  await source.look("all");
  const chosen = await choose(options, enrolment, source, memory);
  const assembled = assemble(options, { source, memory, chosen, enrolment });
  const { agent, reconciler, reporter } = assembled;
  try {
    await serveAdmin(settings.adminListen, adminQuestions(assembled, options.client), signal);
    agent.setPlace(facts.vantage, scope.prefixes);
    agent.start();
    log.info({ node, scope: scope.prefixes, vantage: facts.vantage }, "proxy agent started");
    enrolment.begin({
      onEvent: (event) => {
        if (event.type === "listed") reporter.sessionBegan();
        agent.onEvent(event);
      },
      newest: () => agent.view.newest(),
      onMoved: (config) => agent.setPlace(config.facts.vantage, config.scope.prefixes),
    });
    await enrolment.ended();
    await agent.ended();
  } finally {
    await reconciler.close();
  }
  await farewell(enrolment, log);
}

function memoryOf({ proxy, log }: ServeOptions): Memory | undefined {
  if (proxy.memory === undefined) return undefined;
  const read = readMemory(proxy.memory);
  if ("memory" in read) return read.memory;
  log.warn({ reason: read.reason }, "snapshot left aside");
  return undefined;
}

function choose(
  { settings, env, proxy, log, signal }: ServeOptions,
  enrolment: Enrolment,
  source: SectionSource,
  memory: Memory | undefined,
): Promise<ChosenText> {
  const stateDir = resolve(settings.stateDir);
  return chooseOperatorText({
    facts: enrolment.config().facts,
    sections: source.outcome.sections,
    accepted: memory?.operator,
    isRunning: proxy.adopted !== undefined,
    check: { bin: settings.haproxyBin, env: withoutSecrets(env), stateDir, template: builtInTemplate(), signal },
    log,
  });
}

type Parts = {
  readonly source: SectionSource;
  readonly memory: Memory | undefined;
  readonly chosen: ChosenText;
  readonly enrolment: Enrolment;
};

type Assembled = { readonly agent: Agent; readonly reconciler: Reconciler; readonly reporter: Reporter };

function assemble(options: ServeOptions, { source, memory, chosen, enrolment }: Parts): Assembled {
  const { settings, leftOut, version, proxy, client, log, signal } = options;
  const { haproxy, files, adopted } = proxy;
  const { facts, sections, refusal } = chosen;
  const { listenerGraceMs, orphanGraceMs, drainTimeoutMs, slowStartMs } = settings;
  const onChange = () => {
    remember(files, { agent, reconciler, chosen, enrolment });
    reporter.changed();
  };
  const agent: Agent = new Agent({
    facts,
    sections,
    memory,
    isServingMemory: adopted === undefined && enrolment.isPlaced(),
    haproxy,
    listeners: () => reconciler.progress.applied?.desired.listeners ?? [],
    get: (keys) => client.get(keys),
    listenerGraceMs,
    orphanGraceMs,
    onChange: () => {
      reconciler.wake();
      onChange();
    },
    now: evenNow,
    log,
    signal,
  });
  const reconciler: Reconciler = new Reconciler({
    haproxy,
    files,
    template: builtInTemplate(),
    adopted,
    drainTimeoutMs,
    slowStartMs,
    desired: agent,
    onApplied: (outcome, wanted) => {
      reporter.applied(outcome, wanted);
      if (!outcome.ok && refusal === undefined) void lookAtAllHosts(source, agent);
      onChange();
    },
    onChange: () => {
      void reporter.askWorker();
      onChange();
    },
    log,
    signal,
  });
  const reporter: Reporter = new Reporter({
    version,
    agent,
    reconciler,
    haproxy,
    haproxyVersion: proxy.version,
    refusal,
    record: enrolment,
    signal,
    place: () => placeOf(enrolment),
    waitingFor: () => enrolment.waitingFor(),
    notes: () => [...leftOut, ...source.outcome.notes],
  });
  for (const note of source.outcome.notes) log.warn({ note }, "setting not taken as it stands");
  if (refusal === undefined) followHosts(source, () => agent.setSections(source.outcome.sections), signal);
  return { agent, reconciler, reporter };
}

/** A log target may have lost its name since: HAProxy refuses every configuration that names it. */
async function lookAtAllHosts(source: SectionSource, agent: Agent): Promise<void> {
  if (await source.look("all")) agent.setSections(source.outcome.sections);
}

type Memorable = Pick<Parts, "chosen" | "enrolment"> & Pick<Assembled, "agent" | "reconciler">;

/** Never before the first application: what an earlier agent remembered is worth more than nothing. */
function remember(files: Proxy["files"], { agent, reconciler, chosen, enrolment }: Memorable): void {
  const { applied } = reconciler.progress;
  if (!applied) return;
  files.setMemory(() => {
    const operator = operatorTextOf(chosen.facts, applied.desired.sections);
    const { view, index } = agent;
    return writtenMemory({ view, index, operator, identity: enrolment.identity() });
  });
}

function placeOf(enrolment: Enrolment) {
  const { proxyName, facts, scope } = enrolment.config();
  return { proxy: proxyName, vantage: facts.vantage, scope: scope.prefixes, addon: enrolment.addon() };
}

function adminQuestions({ reconciler, reporter }: Assembled, client: EnrolmentOptions["client"]): AdminQuestions {
  return {
    isAlive: () => reconciler.busyMs() < standstillMs,
    readiness: () => reporter.readiness(),
    status: () => reporter.status(),
    access: () => client.access(),
    metrics: reporter.metrics.registry,
  };
}

/** Takes the proxy's own record out of the registry; one that is away lets it run out. */
async function farewell(enrolment: Enrolment, log: Log): Promise<void> {
  const isOver = new AbortController();
  const removed = enrolment
    .leave()
    .catch((error: unknown) => log.debug({ reason: reasonOf(error) }, "own record runs out"));
  await Promise.race([removed, wait(farewellMs, isOver.signal)]);
  isOver.abort();
}
