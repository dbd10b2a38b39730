import assert from "node:assert/strict";
import { composeLabels, eventually, namedRedis, openLoop, pool, poolOf, proxyLabels } from "../lab/index.ts";
import type { Lab, OpenLoop } from "../lab/index.ts";

/** Where the database is served, on every node. */
export const databasePort = 7006;

/** New connections a second, on all nodes together. */
const perSecond = 200;

/** Starts the database's containers on the first two nodes, and waits until every node serves them. Answers their names. */
export async function startDatabase({ nodes }: Lab): Promise<readonly string[]> {
  const labels = { ...composeLabels("shop", "db"), ...proxyLabels(`${databasePort}:6379`) };
  const containers = await Promise.all(
    nodes.slice(0, 2).map((node) =>
      node.runContainer({
        name: `db-${node.name}`,
        labels,
        publish: ["6379"],
        command: namedRedis(`db-${node.name}`),
      }),
    ),
  );
  const isServed = async () => {
    for (const node of nodes) assert.deepEqual(await poolOf(node, databasePort), pool(...containers));
  };
  await eventually(isServed, { within: 20_000 });
  return containers.map(({ name }) => name);
}

/** Clients of the database at every node. */
export async function visitDatabase({ nodes }: Lab): Promise<readonly OpenLoop[]> {
  const rate = Math.round(perSecond / nodes.length);
  return Promise.all(nodes.map(({ address }) => openLoop({ host: address, port: databasePort, perSecond: rate })));
}
