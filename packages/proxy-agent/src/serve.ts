import { resolve } from "node:path";
import {
  proxyKey,
  reasonOf,
  startLeasedRecord,
  subscribe,
  wait,
  type LeasedRecord,
  type RegistryClient,
  type SubscriptionEvent,
} from "@fairway/registry";
import { serveAdmin, type AdminQuestions, type Log } from "@fairway/program";
import { Agent } from "./agent.ts";
import type { Applier } from "./apply/applier.ts";
import { chooseOperatorText, type ChosenText } from "./operator/choose-operator-text.ts";
import { resolvable } from "./machine.ts";
import { readMemory, writtenMemory, type Memory } from "./memory.ts";
import { withoutSecrets } from "./open-proxy.ts";
import { operatorTextOf } from "./operator/operator-text.ts";
import { builtInTemplate } from "./render/render.ts";
import { Reporter } from "./report/reporter.ts";
import { followHosts } from "./sections/follow-hosts.ts";
import { SectionSource } from "./sections/section-source.ts";
import type { AgentConfig } from "./settings/config.ts";
import type { ReadAgentSettings } from "./settings/read-settings.ts";

/** What {@link serve} works with. */
export type ServeOptions = Pick<ReadAgentSettings, "settings" | "leftOut"> & {
  readonly env: NodeJS.ProcessEnv;
  readonly config: AgentConfig;
  readonly version: string;
  readonly applier: Applier;
  /** Takes who hears of HAProxy's own changes: it was started again, a listener was freed. */
  readonly onProxyChange: (hear: () => void) => void;
  readonly client: RegistryClient;
  readonly log: Log;
  readonly signal: AbortSignal;
};

/** The registry is listed again this often although nothing was lost: etcd may drop a delete around a compaction. */
const relistAfterMs = 3 * 60_000;

/** A registry that does not answer must not hold up the end. */
const farewellMs = 2000;

const standstillMs = 60_000;

/** Follows the registry and keeps HAProxy in step until the signal aborts. */
export async function serve(options: ServeOptions): Promise<void> {
  const { settings, config, client, log, signal } = options;
  const source = new SectionSource({ settings: config.proxy, resolvable });
  await source.look("all");
  const memory = memoryOf(options);
  const chosen = await choose(options, source, memory);
  const key = proxyKey(config.node, settings.proxyName);
  // Without the log: the subscription tells of the registry's loss and return already.
  const record = startLeasedRecord({ client, key, leaseTtlMs: settings.leaseTtlMs, signal });
  const { agent, reporter } = assemble(options, { source, memory, chosen, record });
  await serveAdmin(settings.adminListen, adminQuestions(agent, reporter), signal);
  agent.start();
  log.info({ node: config.node, scope: config.scope.prefixes, vantage: config.facts.vantage }, "proxy agent started");
  const { selectors } = config.scope;
  const onEvent = (event: SubscriptionEvent) => {
    if (event.type === "listed") reporter.sessionBegan();
    agent.onEvent(event);
  };
  await subscribe({ client, selectors, onEvent, relistAfterMs, log, signal });
  await agent.ended();
  await farewell(record, log);
}

function memoryOf({ applier, log }: ServeOptions): Memory | undefined {
  if (applier.memory === undefined) return undefined;
  const read = readMemory(applier.memory);
  if ("memory" in read) return read.memory;
  log.warn({ reason: read.reason }, "snapshot left aside");
  return undefined;
}

function choose(options: ServeOptions, source: SectionSource, memory: Memory | undefined): Promise<ChosenText> {
  const { settings, config, env, applier, log, signal } = options;
  const stateDir = resolve(settings.stateDir);
  return chooseOperatorText({
    facts: config.facts,
    sections: source.outcome.sections,
    accepted: memory?.operator,
    isRunning: applier.running() !== undefined,
    check: { bin: settings.haproxyBin, env: withoutSecrets(env), stateDir, template: builtInTemplate(), signal },
    log,
  });
}

type Parts = {
  readonly source: SectionSource;
  readonly memory: Memory | undefined;
  readonly chosen: ChosenText;
  readonly record: LeasedRecord;
};

type Assembled = { readonly agent: Agent; readonly reporter: Reporter };

function assemble(options: ServeOptions, { source, memory, chosen, record }: Parts): Assembled {
  const { settings, leftOut, config, version, applier, client, log, signal } = options;
  const agent: Agent = new Agent({
    ...settings,
    ...chosen,
    applier,
    memory,
    now,
    log,
    signal,
    isServingMemory: applier.running() === undefined,
    get: (keys) => client.get(keys),
    onApplied: (outcome, propagationS) => {
      reporter.applied(outcome, propagationS);
      if (!outcome.ok && chosen.refusal === undefined) void lookAtAllHosts(source, agent);
    },
    onChange: () => {
      remember(applier, agent, chosen);
      reporter.changed();
    },
  });
  const reporter: Reporter = new Reporter({
    version,
    agent,
    applier,
    record,
    signal,
    vantage: config.facts.vantage,
    scope: config.scope.prefixes,
    notes: () => [...leftOut, ...source.outcome.notes],
  });
  options.onProxyChange(() => void reporter.askWorker());
  for (const note of source.outcome.notes) log.warn({ note }, "setting not taken as it stands");
  if (chosen.refusal === undefined) followHosts(source, () => agent.setSections(source.outcome.sections), signal);
  return { agent, reporter };
}

/** A log target may have lost its name since: HAProxy refuses every configuration that names it. */
async function lookAtAllHosts(source: SectionSource, agent: Agent): Promise<void> {
  if (await source.look("all")) agent.setSections(source.outcome.sections);
}

/** Never before the first application: what an earlier agent remembered is worth more than nothing. */
function remember(applier: Applier, agent: Agent, { facts }: ChosenText): void {
  const { applied, view, index } = agent;
  if (!applied) return;
  applier.remember(() => writtenMemory(view, index, operatorTextOf(facts, applied.desired.sections)));
}

function adminQuestions(agent: Agent, reporter: Reporter): AdminQuestions {
  return {
    isAlive: () => agent.passMs < standstillMs,
    readiness: () => reporter.readiness(),
    status: () => reporter.status(),
    metrics: reporter.metrics.registry,
  };
}

/** Takes the proxy's own record out of the registry; one that is away lets it run out. */
async function farewell(record: LeasedRecord, log: Log): Promise<void> {
  const isOver = new AbortController();
  const removed = record
    .remove()
    .catch((error: unknown) => log.debug({ reason: reasonOf(error) }, "own record runs out"));
  await Promise.race([removed, wait(farewellMs, isOver.signal)]);
  isOver.abort();
}

/** Ms since 1970 as of the program's start, going on evenly whatever becomes of the clock. */
function now(): number {
  return performance.timeOrigin + performance.now();
}
