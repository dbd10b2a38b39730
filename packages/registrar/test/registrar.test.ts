import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { wait } from "@fairway/loop";
import { eventually } from "../../../test/lab/eventually.ts";
import { DockerEngine } from "../src/docker/engine.ts";
import { Registrar } from "../src/registrar.ts";
import { aPublisher, ownNode, quietLog } from "./a-publisher.ts";

const ids = ["a", "b"].map((digit) => digit.repeat(64));

type Answer = readonly [status: number, body: unknown];

/** Answers as Docker's API does; `inspect`: what to an inspection of the first container, by how many were before it. */
async function startDocker(inspect: (nth: number) => Answer) {
  let inspections = 0;
  const streams = new Set<ServerResponse>();
  const answers: readonly (readonly [RegExp, () => Answer])[] = [
    [/^\/info/, () => [200, { ID: "E", Name: "engine", ServerVersion: "26.1.5" }]],
    [/^\/containers\/json/, () => [200, ids.map((Id) => ({ Id, Names: [Id === ids[0] ? "/web" : "/db"] }))]],
    [/^\/containers\/a+\/json/, () => inspect(inspections++)],
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
  const happen = (Action = "update") => {
    const event = { Type: "container", Action, Actor: { ID: ids[0], Attributes: {} }, time: 1 };
    streams.forEach((stream) => stream.write(`${JSON.stringify(event)}\n`));
  };
  return { happen, host: { kind: "tcp", host: "127.0.0.1", port } as const, inspections: () => inspections, stop };
}

/** So many inspections fail, then the container is gone. */
function failing(failures: number) {
  return (nth: number): Answer => [nth < failures ? 500 : 404, { message: "no" }];
}

/** A container with an endpoint that is paused at every other inspection. */
function flapping(nth: number): Answer {
  const labels = { "aliyun.proxy.required": "true", "aliyun.proxy.TCP_PORTS": "6379" };
  return [
    200,
    {
      Id: ids[0],
      Name: "/web",
      Created: "2026-11-22T08:00:00Z",
      State: { Running: true, Paused: nth % 2 === 1, StartedAt: "2026-11-22T08:00:00Z" },
      Config: { Image: "redis:alpine", Labels: labels },
      HostConfig: { NetworkMode: "host" },
      NetworkSettings: {},
    },
  ];
}

/** Follows such an engine until its first resync is over. */
async function resyncOnce(failures: number) {
  const docker = await startDocker(failing(failures));
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
    const docker = await startDocker(failing(Infinity));
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

  it("leaves a container that flaps and is unhealthy alone until its pause is over", async () => {
    const docker = await startDocker(flapping);
    const { signal, abort } = abortable();
    const registrar = aRegistrar(new DockerEngine(docker.host, signal), signal);
    const following = registrar.follow();
    await registrar.firstResync;
    const isUnhealthy = () => registrar.states()[0]?.endpoints.every(({ state }) => state === "unhealthy") === true;
    const happens = async (times: number) => {
      for (let nth = 0; nth < times; nth += 1) {
        docker.happen();
        await wait(10, signal);
      }
    };
    // So often that it waits for seconds before it is well again.
    await eventually(async () => (await happens(1), docker.inspections() > 13 && isUnhealthy()), { within: 20_000 });
    const before = docker.inspections();
    await happens(40);
    const more = docker.inspections() - before;
    abort();
    docker.stop();
    await following;
    assert.ok(more <= 2, `${more} inspections for 40 events`);
  });

  it("looks seldom at a container of which Docker says a hundred times a second that it is well again, or is not", async () => {
    const docker = await startDocker(() => flapping(0));
    const { signal, abort } = abortable();
    const registrar = aRegistrar(new DockerEngine(docker.host, signal), signal);
    const following = registrar.follow();
    await registrar.firstResync;
    const before = docker.inspections();
    const begun = performance.now();
    for (let nth = 0; nth < 200; nth += 1) {
      docker.happen(`health_status: ${nth % 2 === 0 ? "unhealthy" : "healthy"}`);
      await wait(10, signal);
    }
    const seconds = (performance.now() - begun) / 1000;
    const looks = docker.inspections() - before;
    abort();
    docker.stop();
    await following;
    assert.ok(looks >= 2, `${looks} looks`);
    // Each second one as it is worse and one as it is better, and five of these at once.
    assert.ok(looks <= 5 + 2 * (seconds + 1), `${looks} looks in ${seconds} s`);
  });

  it("names the containers that Docker does not tell about", async () => {
    assert.equal((await resyncOnce(100)).unread, "Docker does not tell about web: what is known of it stays as it is");
    assert.equal((await resyncOnce(0)).unread, undefined);
  });
});
