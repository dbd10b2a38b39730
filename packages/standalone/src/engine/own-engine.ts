import { join } from "node:path";
import type { Ground } from "../ground/ground.ts";
import { addBridge } from "./bridge.ts";
import { startDockerd } from "./dockerd.ts";
import type { Engine } from "./engine.ts";

/**
 * Starts a Docker engine of our own beside whatever the machine has: own files, bridge, mounts and process ids, so
 * that all of it goes when its first process goes. It leaves the machine's packet filter and forwarding alone;
 * published ports go through Docker's own proxy. Throws when the machine does not allow it. What stays of it when it
 * is stopped, `removeLeftovers` removes.
 */
export async function startOwnEngine(ground: Ground, signal: AbortSignal): Promise<Engine> {
  const execRoot = join(ground.engine, "exec");
  const socket = join(ground.engine, "docker.sock");
  const bridge = await addBridge(ground.directory);
  const child = await startDockerd(
    {
      name: "dockerd",
      wrapper: apart(execRoot),
      dataRoot: join(ground.engine, "data"),
      execRoot,
      socket,
      cgroupParent: ground.mark,
      network: ["--bridge", bridge.name, "--iptables=false", "--ip-forward=false"],
      logFile: join(ground.logs, "dockerd.log"),
    },
    signal,
  );
  const stop = async () => {
    await child.stop(30_000);
  };
  return { dockerHost: `unix://${socket}`, isOwn: true, ended: child.ended, stop };
}

/**
 * In namespaces for processes and mounts. A containerd of the machine is out of sight, or dockerd would use it;
 * what is gone with the engine lies in memory; docker-init passes signals on and reaps what containers leave.
 */
function apart(execRoot: string): readonly string[] {
  const script = [
    "set -e",
    "if [ -d /run/containerd ]; then mount -t tmpfs tmpfs /run/containerd; fi",
    `mkdir -p "$0" && mount -t tmpfs tmpfs "$0"`,
    'exec docker-init -- "$@"',
  ].join("\n");
  return ["unshare", "--fork", "--pid", "--kill-child", "--mount", "--mount-proc", "sh", "-c", script, execRoot];
}
