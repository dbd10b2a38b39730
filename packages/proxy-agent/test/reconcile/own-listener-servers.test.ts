import assert from "node:assert/strict";
import fc from "fast-check";
import type { Address } from "@fairway/contract";
import type { Desired } from "../../src/desired/desired.ts";
import type { Here } from "../../src/desired/usable-addresses.ts";
import type { Vantage } from "../../src/desired/vantage.ts";
import { OwnListenerServers } from "../../src/reconcile/own-listener-servers.ts";
import { desiredOf } from "../facts.ts";
import { bridge, type Given, given, published, swarm } from "../given.ts";

const own = "198.18.0.11";
const here: Here = { addresses: new Set(["127.0.0.1", "172.17.0.1", own]), nodeAddress: undefined };

/** What of the desired is left when only these ports can be bound; what the log told. */
function leaveOut(desired: Desired, isBindable: (port: number) => boolean = () => true) {
  const lines: string[] = [];
  const loops = new OwnListenerServers({ warn: (fields: object) => void lines.push(JSON.stringify(fields)) });
  const bindable = { ...desired, listeners: desired.listeners.filter(({ port }) => isBindable(port)) };
  const left = loops.leaveOut(bindable);
  return { left, loops, lines, again: () => loops.leaveOut(bindable) };
}

function serversIn({ listeners }: Desired): readonly string[] {
  return listeners.flatMap(({ port, servers }) => servers.map((server) => `${port} to ${server.ip}:${server.port}`));
}

/** A service on one front port, at a port of its own node. */
function atOwn(records: Given, front: number, port: number): Given {
  const facts = { port, container: `${front}`, listen: [{ port: front, ssl: false }] };
  return records.service("shop", `db-${front}`).endpoint({ ...facts, addresses: [published(own, port)] });
}

describe("servers on the proxy's own machine", () => {
  const mutual = desiredOf(atOwn(atOwn(given().node("node-1"), 7104, 7105), 7105, 7104), { here });

  it("are left out where HAProxy itself listens", () => {
    const { left, loops, lines } = leaveOut(mutual);
    assert.deepEqual(serversIn(left), []);
    assert.deepEqual(
      left.listeners.map(({ port }) => port),
      [7104, 7105],
    );
    assert.deepEqual(
      loops.rejections.map(({ code, reason }) => `${code}: ${reason}`),
      [7104, 7105]
        .map((port) => `loop: its address ${own}:${port} is this proxy's own listener on port ${port}`)
        .toReversed(),
    );
    assert.equal(lines.length, 2);
  });

  it("are served where another program listens: a container's own port is never taken from it", () => {
    assert.deepEqual(serversIn(leaveOut(mutual, (port) => port !== 7105).left), [`7104 to ${own}:7105`]);
  });

  it("leave a listener the same object every time", () => {
    const { left, again, lines } = leaveOut(mutual);
    assert.ok(left.listeners.every((listener, at) => listener === again().listeners[at]));
    assert.equal(lines.length, 2, "and are told once");
  });

  it("cost nothing where there are none", () => {
    const desired = desiredOf(given().service("shop", "db").endpoint(), { here });
    assert.equal(leaveOut(desired).left.listeners[0], desired.listeners[0]);
  });
});

const ips = [
  own,
  "127.0.0.1",
  "127.0.0.9",
  "172.17.0.1",
  "::ffff:198.18.0.11",
  "169.254.169.254",
  "198.18.0.12",
  "0:0:0:0:0:0:0:1",
];
const ports = [7001, 7002, 7003];
const anyAddress: fc.Arbitrary<Address> = fc
  .tuple(fc.constantFrom(published, bridge, swarm), fc.constantFrom(...ips), fc.constantFrom(...ports))
  .map(([make, ip, port]) => make(ip, port));
const anyEndpoint = fc.record({
  node: fc.constantFrom("node-1", "node-2", "node-3"),
  container: fc.constantFrom("a", "b", "c", "d"),
  addresses: fc.array(anyAddress, { minLength: 1, maxLength: 3 }),
  listen: fc.constantFrom(...ports).map((port) => [{ port, ssl: false }]),
});
const mesh = { id: "5".repeat(25), name: "mesh", scope: "swarm" };
const anyVantage: fc.Arbitrary<Vantage> = fc.constantFrom(
  { kind: "node", node: "node-1", networks: [] },
  { kind: "outside", node: "node-1", networks: [] },
  { kind: "container", node: "node-1", networks: [mesh] },
);

describe("whatever records say", () => {
  it("no server is one of this proxy's own listeners", () => {
    fc.assert(
      fc.property(
        fc.array(anyEndpoint, { maxLength: 8 }),
        anyVantage,
        fc.constantFrom(...ips),
        (endpoints, vantage, address) => {
          const records = given().node("node-1", { address: own }).node("node-2", { address }).service("shop", "db");
          for (const endpoint of endpoints) records.endpoint(endpoint);
          const { left } = leaveOut(desiredOf(records, { here, vantage }));
          const bound = new Set(left.listeners.map(({ port }) => port));
          for (const { servers } of left.listeners) {
            for (const { ip, port } of servers) {
              assert.ok(!here.addresses.has(ip.replace("::ffff:", "")) || !bound.has(port), `${ip}:${port}`);
            }
          }
        },
      ),
      { numRuns: 1000 },
    );
  });
});
