import type { LabNode } from "../../test/lab/index.ts";
import { composeLabels, labImage, proxyLabels, redisCommand } from "../../test/lab/index.ts";
import { firstPort } from "./simulated-endpoints.ts";

/** A container that stands ready to be started. */
export type ReadyContainer = {
  readonly id: string;
  readonly start: () => Promise<void>;
  readonly remove: () => Promise<void>;
};

const network = "bench";
const addresses = 200;

/** Makes containers of a node, each with an address that the one before did not have. */
export type Containers = {
  /** A redis that is routed on the first front port. */
  readonly routed: () => Promise<ReadyContainer>;
  /** A redis that asks for nothing. */
  readonly unrouted: () => Promise<ReadyContainer>;
};

/** Makes the network for them. */
export async function containersOn({ docker }: LabNode): Promise<Containers> {
  await docker("network", "create", "--subnet", "198.19.32.0/24", network);
  let made = 0;
  const create = async (labels: Readonly<Record<string, string>>) => {
    const address = `198.19.32.${10 + (made % addresses)}`;
    made += 1;
    const all = Object.entries({ ...labels, "bench.address": address });
    const flags = all.flatMap(([name, value]) => ["--label", `${name}=${value}`]);
    const place = ["--network", network, "--ip", address];
    const id = await docker("create", ...place, ...flags, labImage, ...redisCommand);
    return { id, start: async () => void (await docker("start", id)), remove: async () => remove(id) };
  };
  const remove = async (id: string) => void (await docker("rm", "--force", "--volumes", id));
  const routedLabels = {
    ...proxyLabels(`${firstPort}:6379`),
    ...composeLabels("bench", "measured"),
    "bench.front": String(firstPort),
  };
  return { routed: () => create(routedLabels), unrouted: () => create({ "bench.floor": "true" }) };
}
