import {
  drainKey,
  drainsPrefix,
  encode,
  endpointsPrefix,
  nodesPrefix,
  parseDrainKey,
  parseNodeKey,
  shown,
  wholeNode,
} from "@fairway/contract";
import { exitCode, type Given, ProgramExit, type SubcommandAnswer } from "@fairway/program";
import type { RegistryClient } from "@fairway/registry";
import { type Drainable, type DrainTarget, findTarget, servicesLeftWithout, unseen } from "../operator/drain-target.ts";
import { isPath, quotedIfEmpty } from "../operator/service.ts";
import { endpoints } from "../resources/endpoints.ts";
import { wrongUse } from "../wrong-use.ts";
import { askRegistry } from "./ask-registry.ts";

type Done = { readonly lines: readonly string[]; readonly notes: readonly string[] };
type Act = (client: RegistryClient, target: DrainTarget, known: Drainable) => Promise<Done>;

/** Keeps new connections from a container, or from all of a node, until {@link undrain}; those it has go on. */
export async function drain(env: NodeJS.ProcessEnv, signal: AbortSignal, given: Given): Promise<SubcommandAnswer> {
  return onTarget({ env, signal, given }, async (client, target, known) => {
    const key = drainKey(target);
    const record = { v: 1, drainedAt: new Date().toISOString() } as const;
    if (isDrained(known, target)) return { lines: [`${target.title}: is drained already`], notes: [] };
    await client.transact([], [{ type: "put", key, value: encode(record) }]);
    const left = servicesLeftWithout(target, known.endpoints).map((service) => {
      return `${shown(service)} has no other server that takes connections: its ports close new ones until it has`;
    });
    return {
      lines: [`${target.title}: takes no new connections until fairway undrain`],
      notes: [...unseen(target, known), ...left],
    };
  });
}

/** Ends {@link drain}. Ends with 3 for what is not drained. */
export async function undrain(env: NodeJS.ProcessEnv, signal: AbortSignal, given: Given): Promise<SubcommandAnswer> {
  return onTarget({ env, signal, given }, async (client, target, known) => {
    if (!isDrained(known, target)) throw new ProgramExit(exitCode.no, [`${target.title}: is not drained`]);
    await client.transact([], [{ type: "delete", key: drainKey(target) }]);
    const isStill = target.container12 !== wholeNode && isDrained(known, { ...target, container12: wholeNode });
    const still = `all of node ${shown(target.node)} is drained still`;
    return { lines: [`${target.title}: is no longer drained`], notes: isStill ? [still] : [] };
  });
}

function isDrained({ drains }: Drainable, target: Pick<DrainTarget, "node" | "container12">): boolean {
  return drains.some((each) => drainKey(each) === drainKey(target));
}

const sayWhat = "say what: a container, a node, or node/container";

type Line = { readonly env: NodeJS.ProcessEnv; readonly signal: AbortSignal; readonly given: Given };

async function onTarget({ env, signal, given: { argument, options } }: Line, act: Act): Promise<SubcommandAnswer> {
  if (argument === undefined) throw wrongUse(sayWhat);
  if (!isPath(argument, 2)) throw wrongUse(`${quotedIfEmpty(argument)} is no name; ${sayWhat}`);
  const { answer, note } = await askRegistry({ env, signal, options }, async (client) => {
    const known = await drainable(client);
    const found = findTarget(argument, known);
    if (!found.ok) throw new ProgramExit(found.isSeveral ? exitCode.setting : exitCode.no, [found.reason]);
    return act(client, found.target, known);
  });
  return { lines: answer.lines, notes: [note, ...answer.notes] };
}

async function drainable(client: RegistryClient): Promise<Drainable> {
  const prefixes = [endpointsPrefix, nodesPrefix, drainsPrefix];
  const { stored } = await client.list(prefixes.map((prefix) => ({ prefix })));
  return {
    endpoints: endpoints.read(stored).items,
    nodes: stored.flatMap(({ key }) => parseNodeKey(key) ?? []),
    drains: stored.flatMap(({ key }) => parseDrainKey(key) ?? []),
  };
}
