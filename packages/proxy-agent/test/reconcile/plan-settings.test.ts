import assert from "node:assert/strict";
import { listText, type ServerCommand } from "@fairway/haproxy";
import { observedAs } from "../../src/observed.ts";
import { planReconcile } from "../../src/reconcile/plan.ts";
import { desiredOf } from "../facts.ts";
import { given, type EndpointFacts } from "../given.ts";

function inWords(command: ServerCommand): string {
  const { weight, maxconn } = command.do === "update" ? command : {};
  const numbers = [weight && `weight ${weight}`, maxconn && `maxconn ${maxconn}`];
  return [command.do, ...numbers.filter((text) => text)].join(" ");
}

describe("a plan for other settings of a running server", () => {
  const rows: readonly (readonly [string, EndpointFacts, EndpointFacts, readonly string[]])[] = [
    [
      "gives it another weight and another maxconn, its connections untouched",
      { settings: { WEIGHT: "5", MAXCONN: "100" } },
      { settings: { WEIGHT: "50", MAXCONN: "7" } },
      ["update weight 50 maxconn 7"],
    ],
    ["gives it back the weight that it has without its own", { settings: { WEIGHT: "5" } }, {}, ["update weight 1"]],
    [
      "gives one that was drained its maxconn at once, and its weight as it comes back",
      { state: "unhealthy", settings: { WEIGHT: "5", MAXCONN: "9" } },
      { settings: { WEIGHT: "50", MAXCONN: "7" } },
      ["update maxconn 7", "ready"],
    ],
    [
      "sends nothing of a weight while it is drained",
      { state: "unhealthy", settings: { WEIGHT: "5" } },
      { state: "unhealthy", settings: { WEIGHT: "50" } },
      ["update"],
    ],
    [
      "takes in what is the agent's alone",
      { settings: { DRAIN: "5s" } },
      { settings: { DRAIN: "9s", SLOW_START: "1s" } },
      ["update"],
    ],
    [
      "brings another server in for what HAProxy changes in none, and only drains the former",
      { settings: { FAILOVER: "true" } },
      { settings: { FAILOVER: "false" } },
      ["add", "drain"],
    ],
  ];
  for (const [title, before, after, expected] of rows) {
    it(title, () => {
      const [from, to] = [before, after].map((facts) => desiredOf(given().service("shop", "db").endpoint(facts)));
      const { reasons, commands } = planReconcile(observedAs(from!, ""), to!);
      assert.deepEqual([reasons, commands.map(inWords)], [[], expected]);
    });
  }
});

describe("a plan for other limits of a listener's sources", () => {
  const rows: readonly (readonly [string, string, string, readonly string[]])[] = [
    ["changes the number at run time", "20/s per source", "40/s per source", ["6379 rate 40 in 1s per source"]],
    ["is empty for the same", "20/s per source", "20/s per source", []],
    ["reloads for another time", "20/s per source", "20/m per source", ["reload for RATE"]],
  ];
  for (const [title, before, after, expected] of rows) {
    it(title, () => {
      const [from, to] = [before, after].map((RATE) =>
        desiredOf(given().service("shop", "db").endpoint({ settings: { RATE } })),
      );
      const { reasons, lists } = planReconcile(observedAs(from!, ""), to!);
      const found = [
        ...reasons.map((reason) => (reason.code === "listener-settings" ? `reload for ${reason.settings.join()}` : "")),
        ...lists.map(({ listener, list }) => `${listener} ${listText(list)}`),
      ];
      assert.deepEqual(found, expected);
    });
  }
});
