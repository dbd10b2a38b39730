import { join } from "node:path";
import { startChild } from "@fairway/standalone";
import type { LabNode } from "../../test/lab/index.ts";
import { eventually } from "../../test/lab/index.ts";
import { placeOf, simulatedRange } from "./simulated-endpoints.ts";

/**
 * Makes a node answer on the addresses of so many simulated endpoints: the whole range is its own, and a redis listens
 * on each port there. It ends with the lab.
 */
export async function startSimulatedServers(node: LabNode, count: number, maxClients = 100): Promise<void> {
  await node.run("ip", "route", "add", "local", simulatedRange.network, "dev", "lo");
  const last = placeOf(count - 1).port;
  for (let port = simulatedRange.firstPort; port <= last; port += 1) startRedis(node, port, maxClients);
  await eventually(() => node.run("redis-cli", "-h", placeOf(0).ip, "-p", String(last), "ping"), { within: 10_000 });
}

function startRedis(node: LabNode, port: number, maxClients: number): void {
  const own = ["--port", String(port), "--maxclients", String(maxClients)];
  const settings = [...own, "--save", "", "--protected-mode", "no"];
  const logFile = join(node.directory, `redis-${port}.log`);
  startChild({ name: `redis ${port}`, command: [...node.wrapper, "redis-server", ...settings], logFile });
}
