import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { DockerEngine } from "../src/docker/engine.ts";
import { Registrar } from "../src/registrar.ts";
import { aPublisher, ownNode, quietLog } from "./a-publisher.ts";

const ids = ["a", "b"].map((digit) => digit.repeat(64));

/** Answers as Docker's API does; `failures`: how many inspections of the first container fail before it is gone. */
async function startDocker(failures: number) {
  let failed = 0;
  const streams = new Set<ServerResponse>();
  const answers: readonly (readonly [RegExp, () => readonly [number, unknown]])[] = [
    [/^\/info/, () => [200, { ID: "E", Name: "engine", ServerVersion: "26.1.5" }]],
    [/^\/containers\/json/, () => [200, ids.map((Id) => ({ Id }))]],
    [/^\/containers\/a+\/json/, () => [failed++ < failures ? 500 : 404, { message: "no" }]],
    [/^\/containers\/b+\/json/, () => [404, { message: "no such container" }]],
  ];
  const server = createServer(({ url = "" }, response) => {
    const [status, body] = answers.find(([path]) => path.test(url))?.[1]() ?? [200, undefined];
    response.writeHead(status, { "Content-Type": "application/json" });
    if (body !== undefined) return response.end(JSON.stringify(body));
    response.flushHeaders();
    return streams.add(response);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const stop = () => {
    server.closeAllConnections();
    server.close();
  };
  return { host: { kind: "tcp", host: "127.0.0.1", port } as const, inspections: () => failed, stop };
}

/** Follows such an engine until its first resync is over. */
async function resyncOnce(failures: number) {
  const docker = await startDocker(failures);
  const { signal, abort } = abortable();
  const engine = new DockerEngine(docker.host, signal);
  const options = { engine, node: ownNode, publisher: aPublisher(), readyTimeoutMs: 1000, resyncMs: 60_000 };
  const registrar = new Registrar({
    ...options,
    isRootless: false,
    projects: ["*"],
    onRemoved: () => undefined,
    log: quietLog as never,
    signal,
  });
  const following = registrar.follow();
  await registrar.firstResync;
  const seen = { inspections: docker.inspections(), failing: registrar.failing(), state: registrar.engineState.kind };
  abort();
  docker.stop();
  await following;
  return { ...seen, isComplete: registrar.isComplete };
}

function abortable() {
  const controller = new AbortController();
  return { signal: controller.signal, abort: () => controller.abort() };
}

describe("the first resync", () => {
  it("is over when each listed container was inspected", async () => {
    assert.deepEqual(await resyncOnce(0), { inspections: 1, failing: [], state: "followed", isComplete: true });
  });

  it("waits for a container whose inspection fails once and twice", async () => {
    assert.deepEqual(await resyncOnce(2), { inspections: 3, failing: [], state: "followed", isComplete: true });
  });

  it("goes on without a container whose inspection failed three times running", async () => {
    assert.deepEqual(await resyncOnce(100), {
      inspections: 3,
      failing: [ids[0]],
      state: "followed",
      isComplete: true,
    });
  });
});
