import { plainHead, startPlainHaproxy } from "./plain-haproxy.ts";
import { type Probe, startProbe } from "./probe.ts";
import type { Scene } from "./scene.ts";

/** Starts the probe beside a HAProxy of its own, on which it goes the floor's way. */
export async function probeIn({ lab, node }: Scene): Promise<Probe> {
  const lines = [...plainHead, "listen floor", "  bind 127.0.0.1:17000"];
  const { socket } = await startPlainHaproxy(node, { name: "floor", lines });
  const docker = node.dockerHost.replace("unix://", "");
  return startProbe(node.wrapper, { docker, etcd: lab.etcd.endpoints, haproxy: socket });
}
