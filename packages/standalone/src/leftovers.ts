import { removeOwnBridges } from "./engine/bridge.ts";
import { stopHaproxyOf } from "./haproxy/stop.ts";
import { removeCgroups } from "./processes/cgroups.ts";
import type { Ground } from "./ground/ground.ts";

/**
 * Removes what a run leaves outside of its files when its parts have ended, or were killed with it: the kernel ends all
 * of them but HAProxy, which is meant to outlive its agent. Containers are removed when their engine is known.
 */
export async function removeLeftovers(ground: Ground): Promise<void> {
  await stopHaproxyOf(ground.proxy);
  await removeOwnBridges(ground.directory);
  removeCgroups(ground.mark);
}
