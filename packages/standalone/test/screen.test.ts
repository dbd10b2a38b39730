import assert from "node:assert/strict";
import type { SeenListener } from "@fairway/standalone";
import { shape, table } from "../src/screen/table.ts";
import { tryIt } from "../src/screen/try-it.ts";

const server = {
  ip: "198.19.254.2",
  port: 6379,
  admin: "ready",
  status: "UP",
  weight: 1,
  sessions: { now: 0, total: 7 },
} as const;
const listener = (...servers: SeenListener["servers"]): SeenListener => ({ port: 6379, status: "OPEN", servers });

describe("the table on the screen", () => {
  it("lists each listener with its servers in columns", () => {
    const text = table([
      listener({ ...server, name: "a" }, { ...server, name: "longer", admin: "drain" }),
      { ...listener(), port: 80 },
    ]);
    assert.equal(
      text,
      [
        "  listener        server  address            state       connections",
        "  127.0.0.1:6379  a       198.19.254.2:6379  UP          7",
        "                  longer  198.19.254.2:6379  UP (drain)  7",
        "  127.0.0.1:80    –                          OPEN",
      ].join("\n"),
    );
  });

  it("is printed anew when a server changes its state, not when it is given a connection", () => {
    const before = shape([listener({ ...server, name: "a" })]);
    assert.equal(shape([listener({ ...server, name: "a", sessions: { now: 1, total: 8 } })]), before);
    assert.equal(shape([listener({ ...server, name: "a", status: "UP 1/3" })]), before);
    assert.notEqual(shape([listener({ ...server, name: "a", status: "DOWN" })]), before);
    assert.notEqual(shape([listener()]), before);
  });
});

describe("what there is to try", () => {
  const about = {
    etcdEndpoints: "http://127.0.0.1:2379",
    etcdPrefix: "/fairway/v1",
    statsPort: 1936,
    image: "redis:alpine",
  };
  const engine = { isRunning: () => true, failed: new Promise<never>(() => {}), stop: async () => {} };

  it("names the engine that was started, and the label that puts a container on the listener's port", () => {
    const own = { ...engine, dockerHost: "unix:///x/docker.sock", isOwn: true };
    const text = tryIt({ ...about, port: 6380, engine: own }).join("\n");
    assert.match(text, /export DOCKER_HOST=unix:\/\/\/x\/docker\.sock/);
    assert.match(text, /docker --host unix:\/\/\/x\/docker\.sock run .*TCP_PORTS=6380:6379 redis:alpine/);
    assert.match(text, /redis-cli -p 6380/);
    assert.match(text, /etcdctl --endpoints=http:\/\/127\.0\.0\.1:2379 get --prefix \/fairway\/v1\//);
  });

  it("says nothing of an engine that was there", () => {
    const machine = { ...engine, dockerHost: "unix:///var/run/docker.sock", isOwn: false };
    const text = tryIt({ ...about, port: 6379, engine: machine }).join("\n");
    assert.doesNotMatch(text, /DOCKER_HOST|--host/);
    assert.match(text, /TCP_PORTS=6379 redis:alpine/);
  });
});
