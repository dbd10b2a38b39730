import { openRegistry } from "@fairway/registry";
import type { LabEtcd } from "./lab/index.ts";

/**
 * Writes enough that etcd still has more to send to who does not read: what it has sent before somebody stops reading
 * cannot be compacted away from them.
 */
export async function overfillWatches({ endpoints }: Pick<LabEtcd, "endpoints">): Promise<void> {
  const client = openRegistry({ endpoints: endpoints.split(","), prefix: "/fairway/v1" });
  const value = JSON.stringify({ v: 1, claimedAt: "", by: "noise", noise: "x".repeat(1000) });
  try {
    for (let n = 0; n < 500; n += 1) {
      await client.transact([], [{ type: "put", key: "claims/*/noise/1", value }]);
    }
  } finally {
    client.close();
  }
}
