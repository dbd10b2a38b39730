import { EventEmitter, on } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { sourceRunner } from "@fairway/standalone";
import { spawnProbe } from "../../test/lab/probes/spawn-probe.ts";
import type { FloorSteps } from "./floor.ts";

/** What the probe needs to reach. */
export type ProbeFacts = { readonly docker: string; readonly etcd: string; readonly haproxy: string };

/** When a container was started, when its port first accepted and when the proxy first served it; epoch ms. */
export type ServedTimes = { readonly eventMs: number; readonly acceptedMs: number; readonly servedMs: number };

/** What was seen of one start: of a container that is routed, or of one that goes the floor's way. */
export type StartSeen = { readonly id: string; readonly served?: ServedTimes; readonly floor?: FloorSteps };

/** Watches containers start. */
export type Probe = {
  /** What was seen of a container's start. Asked for before the start or soon after. */
  readonly seen: (id: string) => Promise<StartSeen>;
  readonly stop: () => void;
};

/** Longer than the probe itself waits for anything. */
const withinMs = 90_000;

/** Starts the probe in a node's network, where clients are, in a process of its own: nobody's work delays its clock. */
export async function startProbe(wrapper: readonly string[], facts: ProbeFacts): Promise<Probe> {
  const script = fileURLToPath(new URL("probe-process.ts", import.meta.url));
  const child = spawnProbe([...wrapper, ...sourceRunner(), script, JSON.stringify(facts)]);
  const lines = new EventEmitter().setMaxListeners(0);
  const kept = new Map<string, StartSeen>();
  createInterface({ input: child.stdout }).on("line", (line) => {
    const seen = JSON.parse(line) as StartSeen;
    kept.set(seen.id, seen);
    lines.emit("seen");
  });
  const seen = async (id: string) => {
    const known = kept.get(id);
    if (known !== undefined) return known;
    for await (const _ of on(lines, "seen", { signal: AbortSignal.timeout(withinMs) })) {
      const now = kept.get(id);
      if (now !== undefined) return now;
    }
    throw new Error(`the start of ${id} was not seen`);
  };
  await seen("ready");
  return { seen, stop: () => void child.kill("SIGKILL") };
}
