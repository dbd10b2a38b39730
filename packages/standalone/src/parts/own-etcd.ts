import { join } from "node:path";
import type { Ground } from "../ground/ground.ts";
import { freePort, freePortFrom } from "../ports/free-port.ts";
import type { Child } from "../processes/child.ts";
import { startEtcd, whenEtcdServes } from "./etcd.ts";

/** An etcd of one member on loopback. */
export type OwnEtcd = { readonly endpoint: string; readonly start: () => Promise<Child> };

const usualPort = 2379;

/** Finds ports for an etcd of our own; it is not started yet. */
export async function ownEtcd(ground: Ground, signal: AbortSignal): Promise<OwnEtcd> {
  const { port } = await freePortFrom(usualPort);
  const endpoint = `http://127.0.0.1:${port}`;
  const peerUrl = `http://127.0.0.1:${await freePort()}`;
  const facts = { name: "etcd", wrapper: [], clientUrl: endpoint, peerUrl, cluster: `etcd=${peerUrl}` };
  const start = async () => {
    const child = startEtcd({ ...facts, dataDir: join(ground.etcd, "data"), logFile: join(ground.logs, "etcd.log") });
    await whenEtcdServes(child, endpoint, signal);
    return child;
  };
  return { endpoint, start };
}
