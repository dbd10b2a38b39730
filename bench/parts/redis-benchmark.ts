import type { LabNode } from "../../test/lab/index.ts";

/** Where redis-benchmark is run and what it asks. */
export type RedisLoad = {
  readonly from: Pick<LabNode, "run">;
  readonly host: string;
  readonly port: number;
  readonly clients: number;
  readonly valueBytes: number;
  readonly requests: number;
};

/** Requests a second of redis-benchmark's GET, over connections that stay open. */
export async function getsPerSecond({ from, clients, requests, ...target }: RedisLoad): Promise<number> {
  const load = ["-t", "get", "-c", String(clients), "-n", String(requests), "--csv"];
  const lines = (await from.run("redis-benchmark", ...where(target), ...load)).trim().split("\n");
  return Number((lines.at(-1) ?? "").split(",")[1]?.replaceAll('"', ""));
}

/** Gives the redis the value that GET will be answered with. */
export async function setValue({ from, ...target }: Omit<RedisLoad, "clients" | "requests">): Promise<void> {
  await from.run("redis-benchmark", ...where(target), "-t", "set", "-c", "1", "-n", "1", "-q");
}

function where({ host, port, valueBytes }: Pick<RedisLoad, "host" | "port" | "valueBytes">): readonly string[] {
  return ["-h", host, "-p", String(port), "-d", String(valueBytes)];
}
