import assert from "node:assert/strict";
import { encode, proxyKey, type ProxyRecord } from "@fairway/contract";
import { knownOf } from "@fairway/proxy-agent";
import { given, proxyRecord, type Given } from "../../proxy-agent/test/given.ts";
import { countOpen, isGroupOf } from "../src/rollout/open-connections.ts";
import { beforeOf, judgeLetGo, judgeNew, type Watched } from "../src/rollout/rollout-routes.ts";
import type { EngineContainer } from "../src/rollout/service-engine.ts";
import { whatIsWrong } from "../src/rollout/watch-health.ts";

type State = "starting" | "ready" | "unhealthy" | "draining";
/** What the old container is: proxies serve a ready one alone. */
type Old = "ready" | "unhealthy";
type Proxies = Readonly<Record<string, Partial<ProxyRecord>>>;

const latest: Partial<ProxyRecord> = {};
const late: Partial<ProxyRecord> = { appliedRevision: "1" };
const elsewhere: Partial<ProxyRecord> = { scope: ["endpoints/other/"] };
const taken = { code: "port-taken", key: "port_6379", reason: "held by redis" } as const;
const refuses: Partial<ProxyRecord> = { rejections: { count: 1, first: [taken] } };
const unsure: Partial<ProxyRecord> = { rejections: { count: 1, first: [] } };

const service = () => given().service("shop", "db").node("node-1");

function knownWith(records: Given, proxies: Proxies) {
  for (const [name, changes] of Object.entries(proxies)) {
    const [node = "", own = ""] = name.split("/");
    records.put(proxyKey(node, own), encode({ ...proxyRecord({ appliedRevision: "99" }), ...changes }));
  }
  return knownOf(records.stored);
}

/** The containers of these names, by the registry's own word. */
function watched(known: ReturnType<typeof knownOf>, ...names: readonly string[]): Watched {
  const found = known.endpoints.filter(({ container }) => names.includes(container));
  const absent = names.filter((name) => !found.some(({ container }) => container === name));
  const ids = [
    ...found.map(({ at, container }) => [at.container12, container] as const),
    ...absent.map((name) => [name, name] as const),
  ];
  return { service: "shop/db", names: new Map(ids) };
}

describe("a new container of a rollout", () => {
  type Row = readonly [string, Proxies, Old, State | "absent", "reached" | "open" | "refused", readonly string[]];
  const rows: readonly Row[] = [
    [
      "is routed when every proxy that serves the old one serves it",
      { "a/p": latest, "b/p": latest },
      "ready",
      "ready",
      "reached",
      [],
    ],
    [
      "is so although a proxy that never served the old one does not",
      { "a/p": latest, "b/p": elsewhere },
      "ready",
      "ready",
      "reached",
      [],
    ],
    [
      "is so on one that refuses more than its record tells, which is asked then",
      { "a/p": unsure },
      "ready",
      "ready",
      "reached",
      [],
    ],
    [
      "is not while it is starting",
      { "a/p": latest },
      "ready",
      "starting",
      "open",
      ['a/p  not yet, then at 172.17.0.2:6379: network "bridge" of this node'],
    ],
    [
      "is not before its registrar tells of it",
      { "a/p": latest },
      "ready",
      "absent",
      "open",
      ["next: no registrar tells of it"],
    ],
    [
      "is not where no proxy is to serve it",
      { "a/p": elsewhere },
      "ready",
      "ready",
      "open",
      ["no proxy is to serve it"],
    ],
    [
      "is not, where none serves the old one, while one that is to serve it has not applied it",
      { "a/p": latest, "b/p": late },
      "unhealthy",
      "ready",
      "open",
      ["b/p  not yet: it has not applied this"],
    ],
    ["is refused where a proxy does", { "a/p": refuses }, "ready", "ready", "refused", ["a/p  no: held by redis"]],
  ];
  for (const [title, proxies, old, state, expected, lines] of rows) {
    it(title, () => {
      const records = service().endpoint({ container: "old", state: old });
      if (state !== "absent") records.endpoint({ container: "next", state });
      const known = knownWith(records, proxies);
      const before = beforeOf(watched(known, "old"), known);
      const { isReached, isRefused, lines: found } = judgeNew(watched(known, "next"), before, known);
      assert.deepEqual(
        [isReached ? "reached" : isRefused ? "refused" : "open", found.map((line) => line.slice(0, lines[0]?.length))],
        [expected, lines],
      );
    });
  }

  it("is hopeless where its registrar refuses a label, unless it refused one of the old as well", () => {
    const records = service().endpoint({ container: "old" }).endpoint({ container: "next" }).refusal("next");
    const known = knownWith(records, { "a/p": latest });
    const proxies = new Set(["a/p"]);
    const judged = [false, true].map((isRefused) => judgeNew(watched(known, "next"), { proxies, isRefused }, known));
    assert.deepEqual(
      judged.map(({ isHopeless, isReached }) => [isHopeless, isReached]),
      [
        [true, false],
        [false, true],
      ],
    );
  });
});

describe("an old container of a rollout", () => {
  const rows: readonly (readonly [string, State, Proxies, readonly string[]])[] = [
    ["is held while its registrar says ready", "ready", { "a/p": latest }, ["a/p  has not taken the drain in yet"]],
    [
      "is held by a proxy that has not applied the drain",
      "draining",
      { "a/p": latest, "b/p": late },
      ["b/p  has not taken the drain in yet"],
    ],
    ["is let go once every proxy has", "draining", { "a/p": latest, "b/p": latest }, []],
  ];
  for (const [title, state, proxies, lines] of rows) {
    it(title, () => {
      const known = knownWith(service().endpoint({ container: "old", state }), proxies);
      const { isReached, lines: found } = judgeLetGo(watched(known, "old"), new Set(Object.keys(proxies)), known);
      assert.deepEqual([isReached, found], [lines.length === 0, lines]);
    });
  }
});

describe("a container that fails by itself", () => {
  const seen = { status: "running", exitCode: 0, restarts: 0, isUnhealthy: false } as EngineContainer;
  const rows: readonly (readonly [Partial<EngineContainer> | "gone" | Error, string | undefined])[] = [
    [{}, undefined],
    [{ isUnhealthy: true }, "web_3 is unhealthy: docker inspect shows what its HEALTHCHECK printed"],
    [{ status: "exited", exitCode: 137 }, "web_3 ended with exit code 137"],
    [{ status: "restarting", restarts: 2 }, "web_3 ended, and was restarted 2 times"],
    [{ status: "created" }, undefined],
    ["gone", "web_3 was removed"],
    [new Error("no answer"), undefined],
  ];
  for (const [changes, sentence] of rows) {
    it(`is told in a sentence: ${sentence ?? "not this one"}, ${JSON.stringify(changes)}`, () => {
      const told = changes === "gone" || changes instanceof Error ? changes : { ...seen, ...changes };
      assert.equal(whatIsWrong("web_3", told), sentence);
    });
  }
});

describe("open connections of a container", () => {
  const listens = "   0: 00000000:18EB 00000000:0000 0A 00000000:00000000";
  const rows: readonly (readonly [string, readonly string[], number])[] = [
    [
      "count those to a port that is listened at",
      ["   1: 028013C6:18EB 018013C6:8F2A 01 0:0", "   2: 028013C6:18EB 018013C6:8F2B 08 0:0"],
      2,
    ],
    [
      "leave out those that are over",
      ["   1: 028013C6:18EB 018013C6:8F2A 06 0:0", "   2: 028013C6:18EB 018013C6:8F2A 05 0:0"],
      0,
    ],
    ["leave out what the container asks of others", ["   1: 028013C6:8F2A 018013C6:0050 01 0:0"], 0],
    [
      "leave out what it says to itself",
      ["   1: 0100007F:18EB 0100007F:8F2A 01 0:0", "   2: 0:18EB 0000000000000000FFFF00000100007F:8F2A 01 0:0"],
      0,
    ],
    ["count those of IPv6", ["   1: 0:18EB 0000000000000000FFFF0000018013C6:8F2A 01 0:0"], 1],
  ];
  for (const [title, lines, count] of rows) {
    it(title, () =>
      assert.equal(countOpen(["  sl  local_address rem_address   st", listens, ...lines].join("\n")), count),
    );
  }
});

describe("a process of a container, by its control group", () => {
  const [id, other] = ["a".repeat(64), "b".repeat(64)];
  const rows: readonly (readonly [string, string, boolean])[] = [
    ["is its own where that names it", `0::/docker/${id}\n`, true],
    ["is so as systemd names it", `0::/system.slice/docker-${id}.scope\n`, true],
    ["is so within a container", `0::/docker/${other}/docker/${id}\n`, true],
    ["is so in a group below", `0::/docker/${id}/init\n`, true],
    ["is that of a container within it, which has another network", `0::/docker/${id}/docker/${other}\n`, false],
    ["is none of it where that names another", `0::/docker/${other}\n`, false],
    ["is none where it cannot be read", "", false],
  ];
  for (const [title, table, isOwn] of rows) it(title, () => assert.equal(isGroupOf(table, id), isOwn));
});
