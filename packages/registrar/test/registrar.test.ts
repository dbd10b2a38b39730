import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { wait } from "@fairway/loop";
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
    [/^\/containers\/json/, () => [200, ids.map((Id) => ({ Id, Names: [Id === ids[0] ? "/web" : "/db"] }))]],
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
  const event = { Type: "container", Action: "update", Actor: { ID: ids[0], Attributes: {} }, time: 1 };
  const happen = () => streams.forEach((stream) => stream.write(`${JSON.stringify(event)}\n`));
  return { happen, host: { kind: "tcp", host: "127.0.0.1", port } as const, inspections: () => failed, stop };
}

/** Follows such an engine until its first resync is over. */
async function resyncOnce(failures: number) {
  const docker = await startDocker(failures);
  const { signal, abort } = abortable();
  const engine = new DockerEngine(docker.host, signal);
  const registrar = aRegistrar(engine, signal);
  const following = registrar.follow();
  await registrar.firstResync;
  const seen = { inspections: docker.inspections(), failing: registrar.failing(), state: registrar.engineState.kind };
  const unread = registrar.failingSentence();
  abort();
  docker.stop();
  await following;
  return { seen: { ...seen, isComplete: registrar.isComplete }, unread };
}

function aRegistrar(engine: DockerEngine, signal: AbortSignal) {
  const options = { engine, node: ownNode, publisher: aPublisher(), readyTimeoutMs: 1000, resyncMs: 60_000 };
  return new Registrar({
    ...options,
    isRootless: false,
    projects: ["*"],
    onRemoved: () => undefined,
    log: quietLog as never,
    signal,
  });
}

function abortable() {
  const controller = new AbortController();
  return { signal: controller.signal, abort: () => controller.abort() };
}

describe("the first resync", () => {
  it("is over when each listed container was inspected", async () => {
    assert.deepEqual((await resyncOnce(0)).seen, { inspections: 1, failing: [], state: "followed", isComplete: true });
  });

  it("waits for a container whose inspection fails once and twice", async () => {
    assert.deepEqual((await resyncOnce(2)).seen, { inspections: 3, failing: [], state: "followed", isComplete: true });
  });

  it("goes on without a container whose inspection failed three times running", async () => {
    assert.deepEqual((await resyncOnce(100)).seen, {
      inspections: 3,
      failing: [ids[0]],
      state: "followed",
      isComplete: true,
    });
  });
});

describe("a registrar", () => {
  it("does not add up retries of a container that fails, whatever its events", async () => {
    const docker = await startDocker(Infinity);
    const { signal, abort } = abortable();
    const registrar = aRegistrar(new DockerEngine(docker.host, signal), signal);
    const following = registrar.follow();
    await registrar.firstResync;
    for (let nth = 0; nth < 40; nth += 1) {
      docker.happen();
      await wait(10, signal);
    }
    const before = docker.inspections();
    assert.ok(before > 10, `each event has it tried at once: ${before} tries`);
    await wait(1500, signal);
    const tries = docker.inspections() - before;
    abort();
    docker.stop();
    await following;
    assert.ok(tries <= 4, `${tries} tries`);
  });

  it("names the containers that Docker does not tell about", async () => {
    assert.equal((await resyncOnce(100)).unread, "Docker does not tell about web: what is known of it stays as it is");
    assert.equal((await resyncOnce(0)).unread, undefined);
  });
});
