import assert from "node:assert/strict";
import { stateOf } from "../src/screen/server-state.ts";
import type { ShownListener } from "../src/screen/server-state.ts";
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
const listener = (...servers: ShownListener["servers"]): ShownListener => ({ port: 6379, status: "OPEN", servers });

describe("the table on the screen", () => {
  it("lists each listener with its servers in columns", () => {
    const text = table([
      listener({ ...server, name: "a" }, { ...server, name: "longer", admin: "drain", endpoint: "unhealthy" }),
      { ...listener(), port: 80 },
    ]);
    assert.equal(
      text,
      [
        "  listener        server  address            state           connections",
        "  127.0.0.1:6379  a       198.19.254.2:6379  UP              7",
        "                  longer  198.19.254.2:6379  UP (unhealthy)  7",
        "  127.0.0.1:80    –                          no server yet",
      ].join("\n"),
    );
  });

  it("is printed anew when a server changes its state, not when it is given a connection", () => {
    const before = shape([listener({ ...server, name: "a" })]);
    assert.equal(shape([listener({ ...server, name: "a", sessions: { now: 1, total: 8 } })]), before);
    assert.equal(shape([listener({ ...server, name: "a", status: "UP 1/3" })]), before);
    assert.notEqual(shape([listener({ ...server, name: "a", status: "DOWN" })]), before);
    assert.notEqual(shape([listener({ ...server, name: "a", admin: "drain" })]), before);
    assert.notEqual(shape([listener()]), before);
  });
});

describe("a server's state on the screen", () => {
  for (const [facts, word] of [
    [{ status: "UP" }, "UP"],
    [{ status: "UP 1/3" }, "UP"],
    [{ status: "DOWN 1/2" }, "DOWN"],
    [{ status: "no check" }, "no check"],
    [{ status: "MAINT", admin: "maint" }, "MAINT"],
    [{ status: "DRAIN", admin: "drain" }, "DRAIN"],
    [{ status: "UP", admin: "drain", endpoint: "draining" }, "UP (draining)"],
    [{ status: "DOWN", admin: "drain", endpoint: "unhealthy" }, "DOWN (unhealthy)"],
    [{ status: "UP", admin: "drain" }, "UP (drain)"],
    [{ status: "UP", admin: "drain", endpoint: "ready" }, "UP (drain)"],
  ] as const) {
    it(`is ${word} for ${JSON.stringify(facts)}`, () =>
      assert.equal(stateOf({ ...server, name: "a", ...facts }), word));
  }
});

describe("what there is to try", () => {
  const about = {
    directory: undefined,
    adminPorts: { registrar: 7380, agent: 7382 },
    etcdEndpoints: "http://127.0.0.1:2379",
    etcdPrefix: "/fairway/v1",
    statsPort: 1936,
    pagePort: 7384,
    image: "redis:alpine",
  };
  it("names the engine that was started, and the label that puts a container on the listener's port", () => {
    const own = { dockerHost: "unix:///x/docker.sock", isOwn: true };
    const text = tryIt({ ...about, directory: "/x", port: 6380, engine: own }).join("\n");
    assert.match(text, /^ {2}FAIRWAY_DIRECTORY=\/x npx fairway why third$/m);
    assert.match(text, /export DOCKER_HOST=unix:\/\/\/x\/docker\.sock/);
    assert.match(text, /^ {2}docker run .*\\\n.*TCP_PORTS=6380:6379 redis:alpine$/m);
    assert.match(text, /IPv4 forwarding is disabled is meant/);
    assert.match(text, /redis-cli -p 6380/);
    assert.match(text, /port 6380: .* READONLY$/m);
    assert.match(text, /curl -s http:\/\/127\.0\.0\.1:7382\/status +# what the proxy serves, refuses and why/);
    assert.match(text, /curl -s http:\/\/127\.0\.0\.1:7380\/status +# what the registrar sees/);
    assert.match(text, /etcdctl --endpoints=http:\/\/127\.0\.0\.1:2379 get --prefix \/fairway\/v1\//);
  });

  it("says nothing of an engine that was there", () => {
    const machine = { dockerHost: "unix:///var/run/docker.sock", isOwn: false };
    const text = tryIt({ ...about, port: 6379, engine: machine }).join("\n");
    assert.doesNotMatch(text, /DOCKER_HOST|--host|forwarding/);
    assert.match(text, /^ {2}npx fairway why third$/m);
    assert.match(text, /TCP_PORTS=6379 redis:alpine/);
  });

  it("names an engine elsewhere, and keeps lines short", () => {
    const other = { dockerHost: "tcp://198.18.0.1:2375", isOwn: false };
    const text = tryIt({ ...about, port: 6379, engine: other });
    assert.match(text.join("\n"), /export DOCKER_HOST=tcp:\/\/198\.18\.0\.1:2375/);
    assert.deepEqual(
      text.filter((line) => line.length > 100),
      [],
    );
  });
});
