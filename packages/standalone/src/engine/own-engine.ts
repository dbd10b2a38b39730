import { join } from "node:path";
import { reasonOf } from "@fairway/contract";
import type { Ground } from "../ground/ground.ts";
import { keepRunning } from "../processes/keep-running.ts";
import { addBridge } from "./bridge.ts";
import { startDockerd } from "./dockerd.ts";
import type { DockerdFacts } from "./dockerd.ts";
import type { Engine, EngineChoice } from "./engine.ts";
import { markNetworks } from "./networks.ts";

/** dockerd stops its containers first. */
const graceMs = 30_000;

/**
 * Starts a Docker engine of our own beside whatever the machine has: own files, bridge, mounts and process ids, so
 * that all of it goes when its first process goes; it is then started again. It leaves the machine's packet filter and
 * forwarding alone; published ports go through Docker's own proxy. Throws when the machine does not allow it. What
 * stays of it when it is stopped, `removeLeftovers` removes.
 */
export async function startOwnEngine(choice: Omit<EngineChoice, "dockerHost">): Promise<Engine> {
  const { ground, whenAgain, say, signal } = choice;
  const facts = factsOf(ground, (await addBridge(ground.directory)).name);
  const dockerHost = `unix://${facts.socket}`;
  const start = async () => {
    const child = await startDockerd(facts, signal);
    // No reason to be without an engine: at worst bridges of networks stay behind.
    await markNetworks(facts.socket, ground.directory).catch((error: unknown) => say(reasonOf(error)));
    return child;
  };
  const kept = await keepRunning({ start, whenAgain: async () => whenAgain?.(dockerHost), graceMs, say });
  return { dockerHost, isOwn: true, ...kept };
}

function factsOf({ engine, logs, mark }: Ground, bridge: string): DockerdFacts {
  return {
    name: "dockerd",
    wrapper: apart,
    dataRoot: join(engine, "data"),
    execRoot: "/run/docker",
    socket: join(engine, "docker.sock"),
    cgroupParent: mark,
    network: ["--bridge", bridge, "--iptables=false", "--ip-forward=false"],
    logFile: join(logs, "dockerd.log"),
  };
}

/**
 * A /run of its own, in memory: what is gone with the engine lies there, and a containerd of the machine is out of
 * sight, or dockerd would use it. Only the machine's name servers, which are often written there, are taken along.
 */
const privateRun = `
set -e
conf=$(readlink -f /etc/resolv.conf || echo none)
text=$(cat "$conf" 2>/dev/null || true)
mount -t tmpfs -o mode=755 tmpfs /run
case "$conf" in
/run/*) mkdir -p "\${conf%/*}" && printf '%s\\n' "$text" >"$conf" ;;
esac
exec docker-init -- "$@"
`;

/** In namespaces for processes and mounts. docker-init passes signals on and reaps what containers leave. */
const apart = ["unshare", "--fork", "--pid", "--kill-child", "--mount", "--mount-proc", "sh", "-c", privateRun, "sh"];
