import { writeFile } from "node:fs/promises";
import type { Desired } from "../desired/desired.ts";
import type { Server } from "@fairway/haproxy";
import { isStillThere } from "../desired/endpoint-to-server.ts";
import { serverPath } from "@fairway/haproxy";
import type { ServerState } from "@fairway/haproxy";
import { addressesInUse } from "@fairway/haproxy";
import { runningOf } from "../plan/apply-plan.ts";
import { runningServer, type Running } from "../plan/running.ts";
import { findCandidate, traced, type Candidate } from "./candidate.ts";
import type { Context, Situation, Step } from "./context.ts";
import { departing, leftToOldWorkers, withoutPaths, type Departures } from "./departures.ts";
import { boundOldWorkers } from "./old-workers.ts";
import { serverStatesFile } from "@fairway/haproxy";

/** Reloads HAProxy onto what can be bound of the desired. Not `ok`: files and workers are what they were. */
export async function reloadStep(
  context: Context,
  situation: Situation,
  { served, reasons }: { readonly served: Desired; readonly reasons: readonly string[] },
): Promise<Step> {
  const [found] = await Promise.all([findCandidate(context, situation, served), context.disk.remember()]);
  if (!found.ok) {
    const failed = { text: found.text, problems: found.problems };
    return { situation: { ...situation, failed }, outcome: { ok: false, reasons, problems: found.problems } };
  }
  return reload(context, situation, { candidate: found.candidate, reasons });
}

async function reload(
  context: Context,
  situation: Situation,
  { candidate, reasons }: { readonly candidate: Candidate; readonly reasons: readonly string[] },
): Promise<Step> {
  const { haproxy, disk, paths, log } = context;
  const { served, description, rendered } = candidate;
  const { servers } = await haproxy.read();
  await writeFile(paths.serverStates, serverStatesFile(served, servers), { mode: 0o600 });
  await boundOldWorkers(context);
  await disk.put(rendered.text);
  const begun = performance.now();
  const outcome = await haproxy.reload().catch(async (error: unknown) => {
    await disk.revert();
    throw error;
  });
  if (!outcome.ok) {
    await disk.revert();
    const problems = traced(outcome.problems, rendered);
    const failed = addressesInUse(problems).length > 0 ? undefined : { text: rendered.text, problems };
    return { situation: { ...situation, failed }, outcome: { ok: false, reasons, problems } };
  }
  disk.settle();
  log.info({ reasons, worker: outcome.worker, tookMs: Math.round(performance.now() - begun) }, "haproxy reloaded");
  const departures = leftBehind(context, situation, { served, servers });
  return {
    situation: { ...situation, running: runningOf(served), served, description, departures, failed: undefined },
    outcome: { ok: true, how: "reload", reasons, commands: 0 },
  };
}

/** Servers that the new worker has no longer: their sessions in the old ones end at their deadline. */
function leftBehind(
  { drainTimeoutMs }: Context,
  { departures, running }: Situation,
  { served, servers }: { readonly served: Desired; readonly servers: readonly ServerState[] },
): Departures {
  const wanted = served.listeners.flatMap((listener) =>
    listener.servers.map((server) => ({ ...server, listener: listener.port })),
  );
  const byEndpoint = new Map(wanted.map((server) => [server.endpoint, server]));
  const deadline = performance.now() + drainTimeoutMs;
  const gone = servers.filter((server) => isGone(running, server, byEndpoint));
  const leaving = gone.map(({ listener, name }) => ({ listener, name, deadline, isInWorker: false }));
  const back = wanted.map(({ listener, name }) => serverPath(listener, name));
  return withoutPaths(leftToOldWorkers(departing(departures, leaving)), back);
}

/** Its endpoint is served no more, or not there; one that merely has another server now keeps its sessions. */
function isGone(
  running: Running | undefined,
  { listener, name }: ServerState,
  byEndpoint: ReadonlyMap<string, Server>,
): boolean {
  const known = running && runningServer(running, listener, name);
  return known !== undefined && known.endpoint !== "" && !isStillThere(known, byEndpoint.get(known.endpoint));
}
