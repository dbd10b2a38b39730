import { endpointsPrefix, nodesPrefix, proxiesPrefix } from "@fairway/contract";
import { exitCode, type SubcommandAnswer } from "@fairway/program";
import type { OpenRegistry, Stored } from "@fairway/registry";
import { examine } from "../doctor/checks.ts";
import { type DoctorFinding, findingKind } from "../doctor/finding.ts";
import { askEngine } from "../doctor/gather-engine.ts";
import { askMembers, certificatesFor } from "../doctor/gather-etcd.ts";
import { gatherFromAgents, latestWritten, tryNodes } from "../doctor/gather-machine.ts";
import type { Gathered } from "../doctor/gathered.ts";
import { readForm } from "../output/read-form.ts";
import { renderItems } from "../output/render.ts";
import { endpoints } from "../resources/endpoints.ts";
import { shownAs } from "../resources/kinds.ts";
import { nodes } from "../resources/nodes.ts";
import { proxies } from "../resources/proxies.ts";
import { agentsOf, askRegistry, type CommandLine } from "./ask-registry.ts";

/**
 * Looks at what an experienced operator would look at. Ends with 3 where something is broken or about to be, with 4
 * where something could not be asked, with 0 else.
 */
export async function doctor({ env, signal, options }: CommandLine, version: string): Promise<SubcommandAnswer> {
  const form = readForm(options);
  const known = { ...shownAs(findingKind([])), name: "findings" };
  if (form === "schema") return { lines: renderItems(known, [], form) };
  const agents = agentsOf({ env, options });
  const { answer, note } = await askRegistry({ env, signal, options }, async (client) => {
    const local = askEngine(env);
    const fromRegistry = await gatherFrom(client);
    const fromAgents = await gatherFromAgents(agents, fromRegistry.proxies);
    return examine({ ...fromRegistry, ...fromAgents, engine: await local, version });
  });
  const kind = { ...shownAs(findingKind(answer)), name: "findings" };
  return { lines: renderItems(kind, kind.read([]).items, form), notes: [note], code: codeOf(answer) };
}

/** With which code the findings end the command. */
export function codeOf(findings: readonly DoctorFinding[]): number {
  if (findings.some(({ level }) => level === "breaks")) return exitCode.no;
  return findings.some(({ level }) => level === "unasked") ? exitCode.partly : exitCode.stopped;
}

async function gatherFrom(
  client: OpenRegistry,
): Promise<Omit<Gathered, "version" | "engine" | "unasked" | "reachedFrom" | "files">> {
  const prefixes = [nodesPrefix, proxiesPrefix, endpointsPrefix].map((prefix) => ({ prefix }));
  const [{ stored }, etcd] = await Promise.all([client.list(prefixes), askMembers(client.access)]);
  const { items } = endpoints.read(stored);
  const revisions = new Map(stored.map(({ key, modRevision }: Stored) => [key, modRevision]));
  const written = items.map(({ name, node, reportedAt }) => {
    return { node, atMs: Date.parse(reportedAt), revision: revisions.get(`${endpointsPrefix}${name}`) ?? 0n };
  });
  return {
    nowMs: Date.now(),
    nodes: nodes.read(stored).items,
    proxies: proxies.read(stored).items,
    written: latestWritten(written),
    etcd,
    certificates: certificatesFor(client.access),
    reached: await tryNodes(items),
  };
}
