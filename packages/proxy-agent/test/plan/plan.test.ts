import assert from "node:assert/strict";
import type { Desired } from "../../src/desired/desired.ts";
import { runningOf } from "../../src/plan/apply-plan.ts";
import { plan } from "../../src/plan/plan.ts";
import { type Plan } from "../../src/plan/plan-result.ts";
import { serverOfCommand } from "@fairway/haproxy";
import { desiredOf, sections } from "../facts.ts";
import { bridge, given, published, type Given } from "../given.ts";

const db = () => given().service("shop", "db");
const two = () =>
  db()
    .endpoint({ container: "a" })
    .endpoint({ container: "b", addresses: [bridge("172.17.0.3")] });
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
  if (made.kind === "none") return [];
  if (made.kind === "reload") return made.reasons;
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
    ["reloads for a new listener", two(), other(two()), ["listener 80 is new"]],
    ["reloads for a listener that ended", other(two()), two(), ["listener 80 has ended"]],
  ] as const) {
    it(title, () => {
      const [from, to] = [desiredOf(running), desiredOf(desired)];
      assert.deepEqual(said(plan(runningOf(from), to), from, to), expected);
    });
  }

  it("reloads for a listener's own settings, naming them", () => {
    const from = desiredOf(two());
    const to = desiredOf(two(), { bindOptions: new Map([[6379, ["accept-proxy"]]]), addresses: ["127.0.0.1"] });
    assert.deepEqual(plan(runningOf(from), to), {
      kind: "reload",
      reasons: ["listener 6379 has other settings: addresses, bind options"],
    });
  });

  it("reloads for the proxy's settings, naming the section", () => {
    const desired = desiredOf(two());
    const line = { text: "retries 9", from: { services: [], settings: [] } };
    const changed = { ...desired, sections: { ...sections, defaults: [...sections.defaults, line] } };
    assert.deepEqual(plan(runningOf(desired), changed), {
      kind: "reload",
      reasons: ["the proxy's defaults settings changed"],
    });
  });

  it("reloads when it is not known with which settings HAProxy was started", () => {
    const desired = desiredOf(two());
    assert.equal(plan({ ...runningOf(desired), sections: undefined }, desired).kind, "reload");
  });

  it("brings a server back that was on its way out", () => {
    const desired = desiredOf(db().endpoint());
    const running = runningOf(desired);
    const listeners = new Map(
      [...running.listeners].map(([port, listener]) => {
        return [
          port,
          { ...listener, servers: listener.servers.map((server) => ({ ...server, admin: "maint" as const })) },
        ];
      }),
    );
    assert.deepEqual(said(plan({ ...running, listeners }, desired), desired), ["ready 172.17.0.2:6379"]);
  });

  it("looks at the named listeners only", () => {
    const [from, to] = [
      desiredOf(two()),
      desiredOf(other(db().endpoint({ addresses: [published("198.18.0.11", 32768)] }))),
    ];
    assert.equal(plan(runningOf(from), to, new Set([6379])).kind, "runtime");
    assert.deepEqual(plan(runningOf(from), to, new Set()), { kind: "none" });
  });
});
