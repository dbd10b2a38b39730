import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import { placeOf } from "./simulated-endpoints.ts";

/** A stand-in for a Docker engine with more containers than a machine could run: it only tells of them. */
export type SimulatedEngine = { readonly dockerHost: string; readonly stop: () => void };

const network = { Id: "b".repeat(64), Name: "bridge", Driver: "bridge", Scope: "local", Ingress: false };
const created = "2026-01-01T08:00:00.000000000Z";

/** Tells of so many running, healthy containers that are opted in with one port each. Nothing ever happens to them. */
export async function startSimulatedEngine(socketPath: string, count: number): Promise<SimulatedEngine> {
  const numbers = new Map(Array.from({ length: count }, (_, at) => [idOf(at), at]));
  const answers: Readonly<Record<string, unknown>> = {
    "/info": { ID: "simulated", Name: "simulated", ServerVersion: "20.10.24", SystemTime: new Date().toISOString() },
    "/networks": [network],
    "/containers/json": [...numbers.keys()].map((Id) => ({ Id })),
  };
  const server = createServer((request, response) => {
    const path = (request.url ?? "").split("?")[0] ?? "";
    response.setHeader("content-type", "application/json");
    if (path === "/events") return response.flushHeaders();
    const id = /^\/containers\/([0-9a-f]{64})\/json$/.exec(path)?.[1];
    const at = numbers.get(id ?? "");
    response.end(JSON.stringify(at === undefined ? answers[path] : inspected(at)));
    return response;
  });
  server.listen(socketPath);
  await once(server, "listening");
  const stop = () => {
    server.closeAllConnections();
    server.close();
  };
  return { dockerHost: `unix://${socketPath}`, stop };
}

function inspected(at: number): unknown {
  const labels = {
    "aliyun.proxy.required": "true",
    "aliyun.proxy.TCP_PORTS": `${7000 + (at % 200)}:6379`,
    "com.docker.compose.project": "bench",
    "com.docker.compose.service": `service-${at % 200}`,
  };
  return {
    Id: idOf(at),
    Name: `/bench_${at}_1`,
    Created: created,
    State: { Running: true, Paused: false, StartedAt: created, Health: { Status: "healthy" } },
    Config: { Image: "redis:alpine", Labels: labels },
    HostConfig: { NetworkMode: "default" },
    NetworkSettings: { Networks: { bridge: { NetworkID: network.Id, IPAddress: placeOf(at).ip } }, Ports: {} },
  };
}

function idOf(at: number): string {
  return createHash("sha256").update(`container ${at}`).digest("hex");
}
