import { readFile } from "node:fs/promises";
import { hostname } from "node:os";
import { dirname, resolve } from "node:path";
import { text } from "node:stream/consumers";
import {
  agentSettings,
  claimsPrefix,
  endpointsPrefix,
  hostPortsPrefix,
  nodesPrefix,
  proxiesPrefix,
  readSettings,
  reasonOf,
  settingsPrefix,
  shown,
} from "@fairway/contract";
import { exitCode, type Given, type Options, ProgramExit, type SubcommandAnswer } from "@fairway/program";
import { configOf, rulesOf } from "@fairway/proxy-agent";
import type { Stored } from "@fairway/registry";
import { remarkLines } from "@fairway/template";
import { renderItems } from "../output/render.ts";
import { readForm } from "../output/read-form.ts";
import { readComposeFile } from "../plan/compose-file.ts";
import { variablesOf } from "../plan/dot-env.ts";
import { projectOf } from "../plan/project-name.ts";
import { isRefusal, planKind } from "../plan/plan-item.ts";
import { type PlannedProxy, planOf } from "../plan/plan.ts";
import { type PlannedFile, plannedContainers } from "../plan/planned-container.ts";
import { readBelow } from "../resources/kind.ts";
import { shownAs } from "../resources/kinds.ts";
import { type NodeItem, nodes } from "../resources/nodes.ts";
import { readProxy } from "../resources/proxies.ts";
import { wrongUse } from "../wrong-use.ts";
import { askRegistry } from "./ask-registry.ts";

/**
 * Says what the labels of files would do on each proxy, before anything runs. Ends with 3 where something would be
 * refused; throws ProgramExit for a file that cannot be read, with each place that keeps it from being.
 */
export async function plan(env: NodeJS.ProcessEnv, signal: AbortSignal, given: Given): Promise<SubcommandAnswer> {
  const { argument, more = [], options } = given;
  const form = readForm(options);
  if (form === "schema") return { lines: renderItems({ name: "plan", ...shownAs(planKind([])) }, [], form) };
  if (argument === undefined) throw wrongUse("name the files: fairway plan compose.yaml; - is standard input");
  const read = await Promise.all([argument, ...more].map((file) => readFileGiven(file, env, options)));
  const { answer, note } = await askRegistry({ env, signal, options }, async (client) => {
    return (await client.list(prefixes.map((prefix) => ({ prefix })))).stored;
  });
  const { items, notes } = answerOf(read, answer, nodeAsked(answer, env, options));
  const kind = { name: "plan", ...shownAs(planKind(items)) };
  return {
    lines: renderItems(kind, kind.read([]).items, form),
    notes: [note, ...read.flatMap(({ file, remarks }) => remarkLines(file, remarks)), ...notes],
    code: items.some(isRefusal) ? exitCode.no : exitCode.stopped,
  };
}

const prefixes = [endpointsPrefix, nodesPrefix, proxiesPrefix, claimsPrefix, settingsPrefix, hostPortsPrefix];

function answerOf(files: readonly PlannedFile[], stored: readonly Stored[], node: NodeItem) {
  const read = readBelow(stored, proxiesPrefix, readProxy).items.map(withRules);
  const onNode = read.filter(({ proxy }) => proxy.record.vantage.node === node.name);
  const known = onNode.flatMap(({ proxy }) => proxy.record.vantage.networks);
  const nowMs = Date.now();
  const containers = plannedContainers(files, known, nowMs);
  const named = { name: node.name, address: node.address, isRootless: false, projects: ["*"] };
  const proxies = read.map(({ proxy }) => proxy);
  const items = planOf({ containers, node: named, proxies, stored, nowMs });
  const asked = `as they would run on node ${shown(node.name)}; no record tells its PROJECTS and TRUSTED_LABELS: taken as not set`;
  const nothing = items.length === 0 ? ["no label asks for anything"] : [];
  return { items, notes: [asked, ...read.flatMap(({ note }) => note ?? []), ...nothing] };
}

/** A proxy as far as its record tells; of one that does not tell its settings, by their defaults. */
function withRules({ name, node: _node, proxy: _proxy, ...rest }: ProxyRead): { proxy: PlannedProxy; note?: string } {
  const record = { v: 1 as const, ...rest };
  const { rules } = record;
  if (rules !== undefined) return { proxy: { name, record, rules } };
  const usual = readSettings(agentSettings, {});
  if (!usual.ok) throw new Error("the agent's settings have no defaults");
  const machine = { node: { name: "", found: undefined }, hasIPv6: true, addresses: new Set<string>(), socket: "" };
  const { facts } = configOf(usual.settings, machine);
  const assumed = rulesOf({ ...facts, tls: { ok: true, bind: [] }, authorities: { ok: true, file: "" } });
  if (assumed === undefined) throw new Error("the agent's default settings are too many");
  const note = `proxy ${shown(name)}: its record does not tell its LISTEN_PORTS, PORT_OWNERS, SHARED_PORTS and project: by default`;
  return { proxy: { name, record, rules: assumed }, note };
}

type ProxyRead = Exclude<ReturnType<typeof readProxy>, string>;

/** The node that the containers would run on: as is said, else this machine's, else the only one. */
function nodeAsked(stored: readonly Stored[], env: NodeJS.ProcessEnv, { node }: Options): NodeItem {
  const all = nodes.read(stored.filter(({ key }) => key.startsWith(nodesPrefix))).items;
  const asked = typeof node === "string" ? node : env["NODE_NAME"];
  const found = all.find(({ name }) => name === (asked ?? hostname()));
  const only = asked === undefined && all.length === 1 ? all[0] : undefined;
  const taken = found ?? only;
  if (taken !== undefined) return taken;
  const names = all.map(({ name }) => shown(name)).join(", ") || "none is in the registry";
  throw wrongUse(`--node: say on which node they would run: ${names}`);
}

async function readFileGiven(file: string, env: NodeJS.ProcessEnv, options: Options): Promise<PlannedFile> {
  const directory = file === "-" ? process.cwd() : dirname(resolve(file));
  const content = await (file === "-" ? text(process.stdin) : readFile(file, "utf8")).catch((error: unknown) => {
    throw wrongUse(`${shown(file)} cannot be read: ${reasonOf(error)}`);
  });
  const variables = await variablesOf(directory, env);
  const read = readComposeFile(content, variables);
  const shownFile = file === "-" ? "stdin" : file;
  const problems = read.remarks.filter(({ kind }) => kind === "problem");
  if (problems.length > 0) throw new ProgramExit(exitCode.setting, remarkLines(shownFile, problems));
  const given = [options["project"], variables.get("COMPOSE_PROJECT_NAME"), read.project];
  const named = given.find((each) => typeof each === "string" && each !== "");
  return { ...read, file: shown(shownFile), project: typeof named === "string" ? named : projectOf(directory) };
}
