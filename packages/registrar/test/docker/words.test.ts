import assert from "node:assert/strict";
import { dockerHost, type DockerHost } from "@fairway/registrar";
import { isStopping, stopSignalNumber } from "../../src/docker/stop-signal.ts";

describe("a stop signal", () => {
  const rows: readonly (readonly [string | undefined, number])[] = [
    [undefined, 15],
    ["", 15],
    ["SIGTERM", 15],
    ["SIGINT", 2],
    ["QUIT", 3],
    ["sigusr1", 10],
    ["37", 37],
    ["SIGRTMIN+3", 37],
    ["RTMIN", 34],
    ["SIGRTMAX-1", 63],
    ["SIGNONSENSE", 15],
  ];
  for (const [text, number] of rows) {
    it(`${text ?? "unset"} is ${number}`, () => assert.equal(stopSignalNumber(text), number));
  }

  it("ends a container, and so do TERM and KILL, but no other", () => {
    const stopping = [1, 2, 9, 10, 15].filter((signal) => isStopping(signal, 10));
    assert.deepEqual(stopping, [9, 10, 15]);
  });
});

describe("DOCKER_HOST", () => {
  const rows: readonly (readonly [string, DockerHost | undefined])[] = [
    ["unix:///var/run/docker.sock", { kind: "unix", path: "/var/run/docker.sock" }],
    ["tcp://127.0.0.1:2375", { kind: "tcp", host: "127.0.0.1", port: 2375 }],
    ["tcp://engine:2375/", { kind: "tcp", host: "engine", port: 2375 }],
    ["tcp://[::1]:2375", { kind: "tcp", host: "::1", port: 2375 }],
    ["tcp://engine", undefined],
    ["tcp://engine:99999", undefined],
    ["unix://docker.sock", undefined],
    ["ssh://root@engine", undefined],
    ["npipe:////./pipe/docker_engine", undefined],
    ["", undefined],
  ];
  for (const [text, host] of rows) {
    it(`${JSON.stringify(text)} is ${host === undefined ? "refused" : host.kind}`, () => {
      const parsed = dockerHost.safeParse(text);
      assert.deepEqual(parsed.success ? parsed.data : undefined, host);
    });
  }
});
