import { shown } from "@fairway/contract";
import { type ComposeService, mountText } from "./compose-service.ts";

/** A container of the service, as its engine tells. */
export type ServiceContainer = {
  readonly id: string;
  readonly name: string;
  readonly isRunning: boolean;
  /** It is what Compose would make of the file now. */
  readonly isCurrent: boolean;
  /** An operator, or a rollout, keeps new connections from it. */
  readonly isDrained: boolean;
  /** Where it has volumes of its own, which nobody finds again. */
  readonly ownVolumes: readonly string[];
};

/** What is asked for. `scale`: how many there are to be. */
export type RolloutOptions = { readonly scale: number | undefined; readonly isForced: boolean };

/** What is to be done, or why it cannot be done without loss. */
export type RolloutPlan =
  | {
      readonly ok: true;
      /** Do not run: removed first, as Compose would start them. */
      readonly stopped: readonly ServiceContainer[];
      /** As the file says already. */
      readonly kept: readonly ServiceContainer[];
      /** Go, once the others are routed. */
      readonly old: readonly ServiceContainer[];
      /** Some of these are not as the file says: they serve on where the new ones fail. */
      readonly isReplacing: boolean;
      readonly created: number;
      /** What Compose is told: old ones and new ones together. */
      readonly scale: number;
    }
  | { readonly ok: false; readonly reasons: readonly string[] };

/** A plan that can be carried out. */
export type Steps = Extract<RolloutPlan, { readonly ok: true }>;

/**
 * Plans a rollout from what there is, whatever began before: containers that are as the file says stay, and as many as are
 * missing are made beside those that are not, which then go. Reasons are safe to show.
 */
export function planRollout(
  containers: readonly ServiceContainer[],
  service: ComposeService,
  { scale, isForced }: RolloutOptions,
): RolloutPlan {
  const running = containers.filter(({ isRunning }) => isRunning);
  const stopped = containers.filter(({ isRunning }) => !isRunning);
  const current = isForced ? [] : running.filter(({ isCurrent, isDrained }) => isCurrent && !isDrained);
  const others = running.filter((each) => !current.includes(each));
  const wanted = scale ?? service.replicas ?? Math.max(1, usualCount(current, others));
  const kept = current.slice(0, wanted);
  const old = [...others, ...current.slice(wanted)];
  const none = wanted === 0 ? ["its file wants none of it (replicas: 0): give --scale"] : [];
  const reasons = [
    ...none,
    ...whyNoSecond(service),
    ...lossOf({ running, replaced: others, removed: [...old, ...stopped], wanted }, service),
  ];
  if (reasons.length > 0) return { ok: false, reasons };
  const created = wanted - kept.length;
  const isReplacing = others.length > 0;
  return { ok: true, stopped, kept, old, isReplacing, created, scale: running.length + created };
}

/**
 * Which containers a rollout that fails takes away beside those that it has made: others of the new version that nobody
 * serves, of a rollout that was not ended, where old ones serve. `isServed`: before the rollout began.
 */
export function leftoversOf(
  { kept, old, isReplacing }: Pick<Steps, "kept" | "old" | "isReplacing">,
  isServed: (container: ServiceContainer) => boolean,
): readonly ServiceContainer[] {
  return isReplacing && old.some(isServed) ? kept.filter((each) => !isServed(each)) : [];
}

/** How many there are; beside some that are as the file says, a rollout has begun that was not ended. */
function usualCount(current: readonly ServiceContainer[], others: readonly ServiceContainer[]): number {
  const serving = others.filter(({ isDrained }) => !isDrained);
  return current.length === 0 ? others.length : Math.max(current.length, serving.length);
}

/** What keeps two containers of the service from running at one time. */
function whyNoSecond(service: ComposeService): readonly string[] {
  const { containerName, networkMode, hostPorts, fixedAddresses, joinedBy, asksForPorts } = service;
  const reasons: string[] = [];
  if (!asksForPorts)
    reasons.push(
      "its labels ask no proxy for a port, so that none leads from the old to the new: docker compose up replaces it",
    );
  if (containerName !== undefined)
    reasons.push(`container_name: ${shown(containerName)} is the name of one container alone: leave it out`);
  if (networkMode === "host")
    reasons.push("network_mode: host: two of it would listen on the same ports of this machine");
  else if (networkMode === "none" || /^(service|container):/.test(networkMode ?? ""))
    reasons.push(
      `network_mode: ${shown(networkMode ?? "")}: it has no network of its own that a second one could be reached in`,
    );
  for (const port of hostPorts)
    reasons.push(
      `port ${port} of this machine is published, which one container has at a time: publish without a number`,
    );
  for (const address of fixedAddresses)
    reasons.push(`${shown(address)} is the address of one container alone: leave it out`);
  for (const other of joinedBy) reasons.push(`${shown(other)} uses its network, and would be left without one`);
  return reasons;
}

type Replaced = {
  readonly running: readonly ServiceContainer[];
  readonly replaced: readonly ServiceContainer[];
  /** Go: replaced, too many, or not running. */
  readonly removed: readonly ServiceContainer[];
  readonly wanted: number;
};

/** What would be lost, or written by two at once that never were two. */
function lossOf({ running, replaced, removed, wanted }: Replaced, { mounts }: ComposeService): readonly string[] {
  const isOneAlone = replaced.length > 0 && running.length === 1 && wanted === 1;
  const written = mounts.filter(
    ({ source, isWritable }) => source !== undefined && isWritable && !source.endsWith(".sock"),
  );
  const taken = new Set(mounts.map(({ target }) => target));
  const own = new Set(removed.flatMap(({ ownVolumes }) => ownVolumes).filter((target) => !taken.has(target)));
  return [
    ...(isOneAlone ? written : []).map((mount) => {
      return `${mountText(mount)}: one container writes there, and two would for a while; where two may, run two first (docker compose up --scale), or give --scale 2`;
    }),
    ...[...own].map((target) => {
      return `${shown(target)} is a volume of each container's own, which would be gone with it: name it in the file, or make it a tmpfs`;
    }),
  ];
}
