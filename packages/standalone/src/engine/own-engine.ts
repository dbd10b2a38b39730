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
  const socket = join(ground.engine, "docker.sock");
  const bridge = await addBridge(ground.directory);
  const child = await startDockerd(
    {
      name: "dockerd",
      wrapper: apart,
      dataRoot: join(ground.engine, "data"),
      execRoot: "/run/docker",
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
