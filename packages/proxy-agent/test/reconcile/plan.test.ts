import assert from "node:assert/strict";
import type { Desired } from "../../src/desired/desired.ts";
import { observedAs, type Observed } from "../../src/observed.ts";
import { planReconcile, type Plan } from "../../src/reconcile/plan.ts";
import { sentenceOf } from "../../src/reconcile/reload-reason.ts";
import { serverOfCommand } from "@fairway/haproxy";
import { desiredOf, sections } from "../facts.ts";
import { bridge, given, published, type Given } from "../given.ts";

const db = () => given().service("shop", "db");
const two = () =>
  db()
    .endpoint({ container: "a" })
    .endpoint({ container: "b", addresses: [bridge("172.17.0.3")] });
const bare = (name: string) => given().service("_", name);
const on = (node: string) => db().endpoint({ node, addresses: [published("198.18.0.11", 32768)] });
const other = (records: Given) => records.endpoint({ container: "w", port: 80, listen: [{ port: 80, ssl: false }] });

/** Two endpoints whose servers' names begin alike, with these addresses. */
const alike = (semicolon: readonly string[], hyphen: readonly string[]) =>
  given()
    .service("shop", "a;b")
    .endpoint({ addresses: semicolon.map((ip) => bridge(ip)) })
    .service("shop", "a-b")
    .endpoint({ addresses: hyphen.map((ip) => bridge(ip)) });

/** A plan in words: container letters instead of names. */
function said(made: Plan, ...sides: readonly Desired[]): readonly string[] {
  if (made.reasons.length > 0) return made.reasons.map(sentenceOf);
  const servers = sides.flatMap(({ listeners }) => listeners.flatMap((listener) => listener.servers));
  return made.commands.map((command) => {
    const server = servers.find(({ name }) => name === serverOfCommand(command));
    return `${command.do} ${server?.ip}:${server?.port}${command.do === "add" ? ` ${command.server.admin}` : ""}`;
  });
}

describe("plan", () => {
  for (const [title, running, desired, expected] of [
    ["does nothing when nothing changed", two(), two(), []],
    ["adds a server", db().endpoint({ container: "a" }), two(), ["add 172.17.0.3:6379 ready"]],
    [
      "adds a server drained when it may take no new connections",
      db().endpoint({ container: "a" }),
      db()
        .endpoint({ container: "a" })
        .endpoint({ container: "b", state: "draining", addresses: [bridge("172.17.0.3")] }),
      ["add 172.17.0.3:6379 drain"],
    ],
    ["takes a gone server out at once", two(), db().endpoint({ container: "a" }), ["maint 172.17.0.3:6379"]],
    [
      "drains a server, its listener and others untouched",
      other(two()),
      other(
        db()
          .endpoint({ container: "a", state: "unhealthy" })
          .endpoint({ container: "b", addresses: [bridge("172.17.0.3")] }),
      ),
      ["drain 172.17.0.2:6379"],
    ],
    ["brings a drained server back", db().endpoint({ state: "unhealthy" }), db().endpoint(), ["ready 172.17.0.2:6379"]],
    [
      "brings an endpoint with another address in before it takes the old one out, which others may have now",
      db().endpoint(),
      db().endpoint({ addresses: [bridge("172.17.0.9")] }),
      ["add 172.17.0.9:6379 ready", "maint 172.17.0.2:6379"],
    ],
    [
      "takes out what was drained at an address that the endpoint has no longer",
      db().endpoint({ state: "unhealthy" }),
      db().endpoint({ addresses: [bridge("172.17.0.9")] }),
      ["add 172.17.0.9:6379 ready", "maint 172.17.0.2:6379"],
    ],
    [
      "only drains an address that the endpoint still has",
      db().endpoint(),
      db().endpoint({ addresses: [bridge("172.17.0.9"), bridge("172.17.0.2")] }),
      ["add 172.17.0.9:6379 ready", "drain 172.17.0.2:6379"],
    ],
    [
      "only drains what each endpoint still has, of two whose servers' names differ in the hash alone",
      alike(["172.17.0.2"], ["172.17.0.3"]),
      alike(["172.17.0.8", "172.17.0.2"], ["172.17.0.9", "172.17.0.3"]),
      ["add 172.17.0.9:6379 ready", "add 172.17.0.8:6379 ready", "drain 172.17.0.3:6379", "drain 172.17.0.2:6379"],
    ],
    [
      "takes out what another with such a name has now",
      alike(["172.17.0.2"], ["172.17.0.3"]),
      alike(["172.17.0.8", "172.17.0.3"], ["172.17.0.9", "172.17.0.2"]),
      ["add 172.17.0.9:6379 ready", "add 172.17.0.8:6379 ready", "maint 172.17.0.3:6379", "maint 172.17.0.2:6379"],
    ],
    [
      "only drains what a renamed container still has, as it has its address under another key",
      bare("web-new").endpoint(),
      bare("web").endpoint(),
      ["add 172.17.0.2:6379 ready", "drain 172.17.0.2:6379"],
    ],
    [
      "only drains it where its node was renamed",
      on("node-1"),
      on("node-9"),
      ["add 198.18.0.11:32768 ready", "drain 198.18.0.11:32768"],
    ],
    [
      "only drains it where it joined a network at the same time",
      bare("web-new").endpoint(),
      bare("web").endpoint({ addresses: [bridge("172.17.0.9"), bridge("172.17.0.2")] }),
      ["add 172.17.0.9:6379 ready", "drain 172.17.0.2:6379"],
    ],
    [
      "takes out at once what a container had that another one has replaced at its address",
      bare("web").endpoint({ container: "a" }),
      bare("web").endpoint({ container: "b" }),
      ["add 172.17.0.2:6379 ready", "maint 172.17.0.2:6379"],
    ],
    ["reloads for a new listener", two(), other(two()), ["listener 80 is new"]],
    ["reloads for a listener that ended", other(two()), two(), ["listener 80 has ended"]],
  ] as const) {
    it(title, () => {
      const [from, to] = [desiredOf(running), desiredOf(desired)];
      assert.deepEqual(said(planReconcile(observedAs(from, ""), to), from, to), expected);
    });
  }

  it("reloads for a listener's own settings, naming them", () => {
    const from = desiredOf(two());
    const to = desiredOf(two(), { bindOptions: new Map([[6379, ["accept-proxy"]]]), addresses: ["127.0.0.1"] });
    assert.deepEqual(planReconcile(observedAs(from, ""), to).reasons, [
      { code: "listener-settings", port: 6379, settings: ["addresses", "bind options"] },
    ]);
  });

  it("reloads for the proxy's settings, naming the section", () => {
    const desired = desiredOf(two());
    const line = { text: "retries 9", from: { services: [], settings: [] } };
    const changed = { ...desired, sections: { ...sections, defaults: [...sections.defaults, line] } };
    const { reasons } = planReconcile(observedAs(desired, ""), changed);
    assert.deepEqual(reasons, [{ code: "proxy-settings", section: "defaults" }]);
    assert.deepEqual(reasons.map(sentenceOf), ["the proxy's defaults settings changed"]);
  });

  it("reloads when it is not known with which settings HAProxy was started", () => {
    const desired = desiredOf(two());
    const { reasons } = planReconcile({ ...observedAs(desired, ""), sections: undefined }, desired);
    assert.deepEqual(reasons, [{ code: "settings-unknown" }]);
  });

  it("leaves a renamed container's drained server be when HAProxy's word is all that is known of it", () => {
    const [before, now] = [desiredOf(bare("web-new").endpoint()), desiredOf(bare("web").endpoint())];
    const told = changed(observedAs(before, ""), (server) => ({ ...server, admin: "drain", endpoint: "" }));
    assert.deepEqual(said(planReconcile(told, now), before, now), ["add 172.17.0.2:6379 ready"]);
    const end = changed(told, (server) => ({ ...server, name: server.name.replace(/[0-9a-f]{12}/, "0".repeat(12)) }));
    assert.deepEqual(
      planReconcile(end, now).commands.map((command) => command.do),
      ["add", "maint"],
    );
  });

  it("brings a server back that was on its way out", () => {
    const desired = desiredOf(db().endpoint());
    const leaving = changed(observedAs(desired, ""), (server) => ({ ...server, admin: "maint" }));
    assert.deepEqual(said(planReconcile(leaving, desiredOf(db().endpoint())), desired), ["ready 172.17.0.2:6379"]);
  });

  it("passes over a listener that is the very object that it was brought to", () => {
    const desired = desiredOf(other(two()));
    const [web, database] = desired.listeners;
    assert.ok(web && database);
    const forgotten = changed(observedAs(desired, ""), () => undefined);
    const { commands, listeners } = planReconcile(forgotten, { ...desired, listeners: [web, { ...database }] });
    assert.deepEqual(listeners, [database]);
    assert.deepEqual([...new Set(commands.map(({ listener }) => listener))], [database.port]);
  });

  it("looks at it all the same when HAProxy was read since", () => {
    const desired = desiredOf(two());
    const observed = changed(observedAs(desired, ""), () => undefined);
    const read = [...observed.listeners].map(([port, each]) => [port, { ...each, isInStep: false }] as const);
    assert.equal(planReconcile({ ...observed, listeners: new Map(read) }, desired).commands.length, 2);
  });

  it("lets servers come and go where that takes no reload, whatever others take", () => {
    const [from, to] = [desiredOf(db().endpoint({ container: "a" })), desiredOf(other(two()))];
    const { reasons, commands, listeners } = planReconcile(observedAs(from, ""), to);
    assert.deepEqual(reasons, [{ code: "listener-new", port: 80 }]);
    assert.deepEqual(
      commands.map((command) => `${command.do} ${command.listener}`),
      ["add 6379"],
    );
    assert.deepEqual(
      listeners.map(({ port }) => port),
      [6379],
    );
  });
});

describe("many additions at once", () => {
  const bare = desiredOf(db());
  const listenerOf = (port: number, count: number) => {
    const servers = Array.from({ length: count }, (_, index) => {
      const name = `s${String(index).padStart(6, "0")}`;
      return { name, ip: "::1", port: 2, admin: "ready", options: [], endpoint: name } as const;
    });
    return { port, ssl: false, services: [], settings: { addresses: [], bind: [] }, servers };
  };
  const withServers = (count: number, ports: number) => {
    const listeners = Array.from({ length: ports }, (_, index) => listenerOf(1 + index, count / ports));
    return { ...bare, listeners };
  };
  const rows: readonly (readonly [number, number, boolean])[] = [
    [1, 1, false],
    [2000, 1, false],
    [10_000, 1, true],
    [10_000, 200, false],
    [50_000, 200, true],
  ];

  for (const [count, ports, isReload] of rows) {
    it(`${count} over ${ports} listeners ${isReload ? "reload" : "are runtime commands"}`, () => {
      const { reasons } = planReconcile(observedAs(withServers(0, ports), ""), withServers(count, ports));
      assert.deepEqual(reasons, isReload ? [{ code: "many-servers", count }] : []);
    });
  }

  it("never reload for servers that leave", () => {
    const { reasons, commands } = planReconcile(observedAs(withServers(20_000, 1), ""), withServers(0, 1));
    assert.deepEqual([reasons, commands.length], [[], 20_000]);
  });
});

type ObservedServer = NonNullable<ReturnType<Observed["listeners"]["get"]>>["servers"][number];

/** The same with other servers, without a word of it to the listeners. */
function changed(observed: Observed, change: (server: ObservedServer) => ObservedServer | undefined): Observed {
  const listeners = [...observed.listeners].map(([port, listener]) => {
    return [port, { ...listener, servers: listener.servers.flatMap((server) => change(server) ?? []) }] as const;
  });
  return { ...observed, listeners: new Map(listeners) };
}
