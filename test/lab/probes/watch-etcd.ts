import { once } from "node:events";
import { createInterface } from "node:readline";
import type { LabEtcd } from "../etcd.ts";
import { eventsIn } from "../etcd-json.ts";
import type { EtcdEvent } from "../etcd-json.ts";
import { spawnProbe } from "./spawn-probe.ts";

/** Sees every change below a prefix, by etcd's own client: a witness that knows nothing of our code. */
export type EtcdWatch = {
  /** Everything since the watch was opened, oldest first. */
  readonly events: () => readonly EtcdEvent[];
  readonly close: () => Promise<void>;
};

/** Opens a watch. No change after this call is missed, as it watches from the revision that holds now. */
export async function watchEtcd(etcd: Pick<LabEtcd, "endpoints" | "revision">, prefix: string): Promise<EtcdWatch> {
  const from = String((await etcd.revision()) + 1);
  const args = ["--endpoints", etcd.endpoints, "watch", "--prefix", prefix, "--rev", from, "--write-out", "json"];
  const child = spawnProbe(["etcdctl", ...args], { ETCDCTL_API: "3" });
  const seen: EtcdEvent[] = [];
  createInterface({ input: child.stdout }).on("line", (line) => seen.push(...eventsIn(line)));
  const close = async () => {
    child.kill("SIGKILL");
    await once(child, "exit");
  };
  return { events: () => seen, close };
}
